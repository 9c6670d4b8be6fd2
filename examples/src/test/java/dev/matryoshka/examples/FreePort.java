package dev.matryoshka.examples;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports that nobody has, and that nobody gets before the test takes them: they lie below those that Linux gives to whoever asks for
 * any (net.ipv4.ip_local_port_range, from 32768 on unless somebody changed it). A port that was asked for and let go is one of those.
 */
final class FreePort {
    private static final int FIRST = 20_000;
    private static final int COUNT = 10_000;

    /** Tests of several processes begin at different places. */
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 37 % COUNT));

    private FreePort() {}

    /** One that is free for TCP and UDP, on every interface; each time another. */
    static int next() {
        for (int tries = 0; tries < COUNT; tries++) {
            int port = FIRST + NEXT.getAndIncrement() % COUNT;
            if (isFree(port)) {
                return port;
            }
        }
        throw new AssertionError("no free port from " + FIRST + " to " + (FIRST + COUNT - 1));
    }

    private static boolean isFree(int port) {
        try (ServerSocket connections = new ServerSocket(port);
                DatagramSocket datagrams = new DatagramSocket(port)) {
            return connections.isBound() && datagrams.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
