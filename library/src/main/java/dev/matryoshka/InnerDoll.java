package dev.matryoshka;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.socket.AsyncSocket;
import java.io.IOException;
import java.net.StandardProtocolFamily;

/**
 * The part of {@link EventLoop} that opens sockets: one wait per call, in the calling task (asyncio's {@code loop.sock_*}).
 * Each method is one call into the package {@code socket}, which says all the rest. Loop thread only.
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
}
