package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.Datagram;
import dev.matryoshka.stream.DatagramStream;
import dev.matryoshka.task.Task;
import dev.matryoshka.testing.TestNetwork;
import dev.matryoshka.transport.DatagramOptions;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The client is answered by the server, and asks again when a datagram was lost. */
@Tag("W8")
class EchoDatagramTest {
    @Test
    void theClientPrintsWhatTheServerEchoes() throws Exception {
        int port = FreePort.next();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        CountDownLatch ended = new CountDownLatch(1);
        Thread server = new Thread(
                () -> {
                    try {
                        EchoDatagramServer.main(String.valueOf(port));
                    } catch (Throwable stopped) {
                        failure.set(stopped);
                    } finally {
                        ended.countDown();
                    }
                },
                "example");
        server.start();
        try {
            assertThat(Output.of(EchoDatagramClient::main, port)).isEqualTo("received: Hello World!\n");
        } finally {
            server.interrupt();
            assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(failure.get()).isInstanceOfAny(InterruptedException.class, CancellationException.class);
    }

    @Test
    void theClientAsksAgainAndGivesUpInTheEnd() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.run(loop -> {
                try (DatagramStream deaf =
                                loop.openDatagrams(DatagramOptions.defaults().withLocal("127.0.0.1", 0));
                        DatagramStream client =
                                loop.openDatagrams(DatagramOptions.defaults().withRemote(deaf.localAddress()))) {
                    Task<?> late = loop.createTask("late", () -> {
                        deaf.receive();
                        deaf.receive();
                        Datagram third = deaf.receive();
                        deaf.send(third.bytes(), third.sender());
                    });
                    assertThat(EchoDatagramClient.ask(client, "are you there?")).isEqualTo("are you there?");
                    late.await();
                    assertThatThrownBy(() -> EchoDatagramClient.ask(client, "and now?"))
                            .isInstanceOf(IOException.class)
                            .hasMessageContaining("not answered");
                }
            });
        }
    }
}
