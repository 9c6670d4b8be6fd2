package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class GracefulServerTest {
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
        while (true) {
            try {
                running.connect().close();
            } catch (ConnectException refused) {
                return;
            } catch (SocketException resetInTheQueue) {
                assertThat(resetInTheQueue).hasMessageContaining("reset");
            }
        }
    }

    private static int echo(Socket client) throws Exception {
        client.getOutputStream().write('x');
        return client.getInputStream().read();
    }
}
