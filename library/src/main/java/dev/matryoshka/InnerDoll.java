package dev.matryoshka;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.resolve.Names;
import dev.matryoshka.resolve.Resolver;
import dev.matryoshka.resolve.Resolvers;
import dev.matryoshka.socket.AsyncDatagramSocket;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link EventLoop} that opens sockets and looks names up: one wait per call, in the calling task (asyncio's
 * {@code loop.sock_*}, {@code loop.getaddrinfo}). Each method is one call into the packages {@code socket} and {@code resolve},
 * which say all the rest. Loop thread only, but for those that say otherwise.
 */
public sealed interface InnerDoll extends Loop permits EventLoop {
    /** A TCP socket over IPv4, neither bound nor connected; see {@link AsyncSocket}. */
    default AsyncSocket openSocket() throws IOException {
        return openSocket(StandardProtocolFamily.INET);
    }

    /** A stream socket of a family, neither bound nor connected; see {@link AsyncSocket}. */
    default AsyncSocket openSocket(StandardProtocolFamily family) throws IOException {
        return AsyncSocket.open(this, family);
    }

    /** A datagram socket of a family, neither bound nor connected; see {@link AsyncDatagramSocket}. */
    default AsyncDatagramSocket openDatagramSocket(StandardProtocolFamily family) throws IOException {
        return AsyncDatagramSocket.open(this, family);
    }

    /** The addresses of a host, over both families (asyncio {@code getaddrinfo}); see {@link Names#getAddrInfo}. */
    @Parks
    default List<InetSocketAddress> getAddrInfo(String host, int port) throws IOException, InterruptedException {
        return Names.getAddrInfo(this, host, port, null);
    }

    /** The addresses of a host in one family, INET or INET6; see {@link Names#getAddrInfo}. */
    @Parks
    default List<InetSocketAddress> getAddrInfo(String host, int port, StandardProtocolFamily family)
            throws IOException, InterruptedException {
        return Names.getAddrInfo(this, host, port, family);
    }

    /** The name of an address (asyncio {@code getnameinfo}); see {@link Names#getNameInfo}. */
    @Parks
    default String getNameInfo(InetAddress address) throws IOException, InterruptedException {
        return Names.getNameInfo(this, address);
    }

    /** Whom this loop asks for names from now on; null for the system. Any thread; see {@link Resolvers#set}. */
    default void setResolver(@Nullable Resolver resolver) {
        Resolvers.set(this, resolver);
    }
}
