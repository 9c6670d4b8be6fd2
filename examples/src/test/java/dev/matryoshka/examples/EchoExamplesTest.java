package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every echo client talks to every echo server. */
@Tag("S-1")
@Tag("S-5")
@Tag("S-2")
@Tag("S-24")
class EchoExamplesTest {
    private static Stream<Named<RunningMain.Program>> servers() {
        return Stream.of(
                Named.of("EchoSocketServer", EchoSocketServer::main),
                Named.of("EchoProtocolServer", EchoProtocolServer::main),
                Named.of("EchoStreamServer", EchoStreamServer::main),
                Named.of("EchoLoopGroup", EchoLoopGroup::main));
    }

    private static Stream<Named<RunningMain.Program>> clients() {
        return Stream.of(
                Named.of("EchoSocketClient", EchoSocketClient::main),
                Named.of("EchoProtocolClient", EchoProtocolClient::main),
                Named.of("EchoStreamClient", EchoStreamClient::main));
    }

    private static Stream<Arguments> pairs() {
        return servers().flatMap(server -> clients().map(client -> Arguments.of(server, client)));
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void aClientPrintsWhatTheServerEchoes(RunningMain.Program server, RunningMain.Program client) throws Exception {
        try (RunningMain running = RunningMain.start(server)) {
            assertThat(Output.of(client, running.port())).isEqualTo("received: Hello World!\n");
        }
    }

    @ParameterizedTest
    @MethodSource("servers")
    void aServerEchoesMuchToManyAndStopsWhenItIsInterrupted(RunningMain.Program server) throws Exception {
        byte[] message = new byte[1_000_000];
        new Random(3).nextBytes(message);
        try (RunningMain running = RunningMain.start(server);
                Socket idle = running.connect()) {
            for (int i = 0; i < 5; i++) {
                try (Socket socket = running.connect()) {
                    Thread sender = Thread.ofVirtual().start(() -> sendAndEnd(socket, message));
                    assertThat(socket.getInputStream().readAllBytes()).isEqualTo(message);
                    sender.join();
                }
            }
            idle.getOutputStream().write("still here".getBytes(UTF_8));
            assertThat(idle.getInputStream().readNBytes(10)).isEqualTo("still here".getBytes(UTF_8));
        }
    }

    /** It has no main task that an interrupt could cancel: whoever wants its end stops the loop. */
    @Test
    void aServerWithoutTasksServesUntilItsLoopIsStopped() throws Exception {
        List<EventLoop> before = EventLoop.openLoops();
        try (RunningMain running = RunningMain.start(EchoWithoutTasks::main)) {
            assertThat(Output.of(EchoStreamClient::main, running.port())).isEqualTo("received: Hello World!\n");
            List<EventLoop> opened = new ArrayList<>(EventLoop.openLoops());
            opened.removeAll(before);
            assertThat(opened).hasSize(1);
            opened.getFirst().stop();
            running.awaitEnd(Duration.ofSeconds(20));
        }
    }

    private static void sendAndEnd(Socket socket, byte[] message) {
        try {
            socket.getOutputStream().write(message);
            socket.shutdownOutput();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
