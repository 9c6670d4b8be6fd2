package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.Socket;
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
            assertThatThrownBy(() -> {
                        while (true) {
                            running.connect().close();
                        }
                    })
                    .isInstanceOf(ConnectException.class);
            assertThat(echo(client)).as("the connection from before").isEqualTo('x');
        }
        running.awaitEnd(Duration.ofSeconds(20));
    }

    private static int echo(Socket client) throws Exception {
        client.getOutputStream().write('x');
        return client.getInputStream().read();
    }
}
