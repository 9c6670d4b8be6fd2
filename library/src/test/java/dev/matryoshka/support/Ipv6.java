package dev.matryoshka.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;

/** Whether this machine has IPv6 on its loopback device: not in a container as Docker makes them by default. Asked once. */
public final class Ipv6 {
    private static final String WHY_NOT = whyNot();

    private Ipv6() {}

    /** Skips the test where there is none; on a network in memory there always is. */
    public static void assume(Net net) {
        if (!net.isMemory()) {
            assume();
        }
    }

    /** Skips the test where there is none. */
    public static void assume() {
        assumeTrue(WHY_NOT == null, () -> "no IPv6 here: " + WHY_NOT);
    }

    private static String whyNot() {
        try (SocketChannel socket = SocketChannel.open(StandardProtocolFamily.INET6)) {
            socket.bind(new InetSocketAddress("::1", 0));
            return null;
        } catch (IOException | UnsupportedOperationException none) {
            return none.toString();
        }
    }
}
