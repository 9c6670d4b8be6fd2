package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GracefulServerTest {
    /** A millisecond each; and each connection takes one of some 28,000 ports for a while. */
    private static final int TRIES_MAX = 20_000;

    @Test
    void sigtermStopsAcceptingAndLetsWhoIsConnectedFinish() throws Exception {
        RunningMain running = RunningMain.start(GracefulServer::main);
        try (Socket client = running.connect()) {
            assertThat(echo(client)).isEqualTo('x');
            // the handler was there before the server: the signal does not end this JVM
            Process kill = new ProcessBuilder(
                            "sh", "-c", "kill -TERM " + ProcessHandle.current().pid())
                    .start();
            assertThat(kill.waitFor(1, TimeUnit.MINUTES)).isTrue();
            awaitRefusal(running);
            assertThat(echo(client)).as("the connection from before").isEqualTo('x');
        }
        running.awaitEnd(Duration.ofSeconds(20));
    }

    /** Who is still in the queue of the listener when it closes is reset, and may hear of it in connect; who comes later is refused. */
    private static void awaitRefusal(RunningMain running) throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < TRIES_MAX && !never.await(1, TimeUnit.MILLISECONDS); i++) {
            try {
                running.connect().close();
            } catch (ConnectException refused) {
                return;
            } catch (SocketException resetInTheQueue) {
                assertThat(resetInTheQueue).hasMessageContaining("reset");
            }
        }
        throw new AssertionError("accepts after SIGTERM");
    }

    private static int echo(Socket client) throws Exception {
        client.getOutputStream().write('x');
        return client.getInputStream().read();
    }
}
