package dev.matryoshka.cli.echo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: a rehearsal shows its server what it is held for: crowds, sizes, and every end; and is over when the server leaves.
 *
 * <p>Method: an echo server of the JDK's blocking sockets, which notes what it sees and closes when it has seen everything.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AudienceTest {
    /** So long that only the server ends it. */
    private static final Duration LONG = Duration.ofMinutes(10);

    private static final int CROWD = 100;
    private static final int LARGE_BYTES = 16 * 1024;

    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final AtomicInteger present = new AtomicInteger();
    private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();

    @Test
    void comesInCrowdsWithLargeAndSmallMessagesAndEndsInEveryWay() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, CROWD, InetAddress.getLoopbackAddress())) {
            Thread server = Thread.ofPlatform().start(() -> accept(listener));
            new Audience(listener.getLocalSocketAddress(), LONG).attend();
            server.join();
        }
        assertThat(seen).contains("crowd", "large", "end", "reset");
    }

    @Test
    void withoutTimeNobodyComes() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            new Audience(listener.getLocalSocketAddress(), Duration.ZERO).attend();
        }
        assertThat(seen).isEmpty();
    }

    private void accept(ServerSocket listener) {
        try {
            while (seen.size() < 4) {
                Socket client = listener.accept();
                open.add(client);
                if (present.incrementAndGet() == CROWD) {
                    seen.add("crowd");
                }
                Thread.startVirtualThread(() -> echo(client));
            }
            listener.close();
            for (Socket client : open) {
                client.close();
            }
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    private void echo(Socket client) {
        byte[] bytes = new byte[2 * LARGE_BYTES];
        try (client) {
            for (int count; (count = client.getInputStream().read(bytes)) > 0; ) {
                if (count >= LARGE_BYTES) {
                    seen.add("large");
                }
                client.getOutputStream().write(bytes, 0, count);
            }
            seen.add("end");
        } catch (IOException broken) {
            seen.add("reset");
        } finally {
            present.decrementAndGet();
        }
    }
}
