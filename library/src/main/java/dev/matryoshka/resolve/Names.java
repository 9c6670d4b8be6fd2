package dev.matryoshka.resolve;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.OwnedFuture;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Names to addresses and back, in straight-line code (asyncio's {@code loop.getaddrinfo}, {@code loop.getnameinfo}). For tasks of
 * the loop. Whoever is cancelled goes at once, whatever the name server does.
 */
public final class Names {
    private Names() {}

    /**
     * The addresses of a host, by the resolver of the loop; a literal is answered without asking anybody, its scope id kept.
     *
     * @param port 0 to 65535, goes into each address. A number only: unlike in asyncio, names of services are not looked up
     * @param family INET or INET6 for the addresses of one family; null for both
     * @return at least one, in the order to try them
     * @throws java.net.UnknownHostException there is none
     * @throws InterruptedException the task was cancelled
     */
    @Parks
    public static List<InetSocketAddress> getAddrInfo(
            Loop loop, String host, int port, @Nullable StandardProtocolFamily family)
            throws IOException, InterruptedException {
        LoopEngine engine = Engines.of(loop);
        engine.members().requireTask("getAddrInfo");
        HostAddresses.checkPort(port);
        HostAddresses.checkFamily(family);
        List<InetAddress> found = OwnedFuture.await(Lookup.start(loop, Resolvers.of(loop), host), late -> {});
        return HostAddresses.withPort(HostAddresses.ofFamily(host, found, family), port);
    }

    /**
     * The name of an address, by the resolver of the loop.
     *
     * @return the address as text when it has no name
     * @throws InterruptedException the task was cancelled
     */
    @Parks
    public static String getNameInfo(Loop loop, InetAddress address) throws IOException, InterruptedException {
        LoopEngine engine = Engines.of(loop);
        engine.members().requireTask("getNameInfo");
        return OwnedFuture.await(Lookup.startReverse(loop, Resolvers.of(loop), address), late -> {});
    }
}
