package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.testing.ScriptedPeer;
import dev.matryoshka.testing.TestNetwork;
import dev.matryoshka.testing.Weather;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class KeyValueServerTest {
    @Test
    void whatOneHasSetTheOtherGets() throws Exception {
        KeyValueServer store = new KeyValueServer();
        try (TestNetwork network = TestNetwork.create(Weather.ONE_BYTE_AT_A_TIME)) {
            network.run(loop -> {
                Server server = loop.startServer(store::serve, "127.0.0.1", 0);
                try (ScriptedPeer one = ScriptedPeer.connect(loop, "127.0.0.1", server.port());
                        ScriptedPeer other = ScriptedPeer.connect(loop, "127.0.0.1", server.port())) {
                    one.send("GET doll\nSET doll a wooden one\n").expect("NONE\nOK\n");
                    other.send("GET doll\r\n").expect("a wooden one\n");
                    other.send("EAT doll\n").expect("ERROR what is EAT doll\n").endOutput();
                    other.expectEof();
                }
                server.close();
            });
        }
    }

    @Test
    void aLineThatIsTooLongIsAnsweredAndEndsTheConnection() throws Exception {
        KeyValueServer store = new KeyValueServer();
        StreamOptions streams = StreamOptions.defaults().withLimit(64);
        try (TestNetwork network = TestNetwork.create(Weather.FAIR)) {
            network.run(loop -> {
                Server server = loop.startServer(store::serve, "127.0.0.1", 0, streams, ServerOptions.defaults());
                try (ScriptedPeer peer = ScriptedPeer.connect(loop, "127.0.0.1", server.port())) {
                    peer.send("SET doll " + "x".repeat(100)).expect("ERROR a line has at most 64 bytes\n");
                    peer.expectEof();
                }
                server.close();
            });
        }
    }

    @Test
    void theProgramServes() throws Exception {
        try (RunningMain server = RunningMain.start(KeyValueServer::main);
                Socket socket = server.connect()) {
            socket.getOutputStream().write("SET a 1\nGET a\n".getBytes(UTF_8));

            assertThat(socket.getInputStream().readNBytes(5)).isEqualTo("OK\n1\n".getBytes(UTF_8));
        }
    }
}
