package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.task.Task;
import dev.matryoshka.testing.ScriptedPeer;
import dev.matryoshka.testing.TestNetwork;
import dev.matryoshka.transport.Server;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class WatchedServerTest {
    @Test
    void theFiguresAreToldOnceInEachPeriod() throws Exception {
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        try (TestNetwork network = TestNetwork.create();
                PrintStream log = new PrintStream(told, true, UTF_8)) {
            network.run(loop -> {
                Server server = loop.startServer(WatchedServer::echo, "127.0.0.1", 0);
                Task<?> watch = loop.createTask(() -> WatchedServer.watch(loop, server, Duration.ofSeconds(10), log));
                try (ScriptedPeer peer = ScriptedPeer.connect(loop, "127.0.0.1", server.port())) {
                    peer.send("a").expect("a");
                    Task.sleep(Duration.ofSeconds(25));
                }
                watch.cancel();
                server.close();
            });
        }
        assertThat(told.toString(UTF_8).lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("1 connections, 3 tasks, ") && line.endsWith(" 0 slow"));
    }

    @Test
    void theProgramServes() throws Exception {
        try (RunningMain server = RunningMain.start(WatchedServer::main);
                Socket socket = server.connect()) {
            socket.getOutputStream().write("hello".getBytes(UTF_8));

            assertThat(socket.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
        }
    }
}
