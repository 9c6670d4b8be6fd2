package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.testing.ScriptedPeer;
import dev.matryoshka.testing.TestNetwork;
import dev.matryoshka.testing.Weather;
import dev.matryoshka.transport.Server;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LengthPrefixedTest {
    private static Stream<Named<Weather>> weathers() {
        return Stream.of(
                Named.of("fair", Weather.FAIR),
                Named.of("one byte at a time", Weather.ONE_BYTE_AT_A_TIME),
                Named.of("clogged", Weather.CLOGGED));
    }

    private static byte[] framed(int length) {
        byte[] frame = new byte[Integer.BYTES + length];
        new Random(length).nextBytes(frame);
        ByteBuffer.wrap(frame).putInt(length);
        return frame;
    }

    @ParameterizedTest
    @MethodSource("weathers")
    void messagesComeBackWholeHoweverTheyCame(Weather weather) throws Exception {
        try (TestNetwork network = TestNetwork.create(weather)) {
            network.run(loop -> {
                Server server = loop.createServer(LengthPrefixed::new, "127.0.0.1", 0);
                try (ScriptedPeer peer = ScriptedPeer.connect(loop, "127.0.0.1", server.port())) {
                    peer.send(framed(0)).send(framed(5)).send(framed(3_000));
                    peer.expect(framed(0)).expect(framed(5)).expect(framed(3_000));
                    byte[] longest = framed(64 * 1024);
                    for (int at = 0; at < longest.length; at += 4096) {
                        peer.send(java.util.Arrays.copyOfRange(longest, at, Math.min(at + 4096, longest.length)));
                    }
                    peer.expect(longest).endOutput().expectEof();
                }
                server.close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("weathers")
    void aLengthThatCannotBeEndsTheConnection(Weather weather) throws Exception {
        try (TestNetwork network = TestNetwork.create(weather)) {
            network.run(loop -> {
                Server server = loop.createServer(LengthPrefixed::new, "127.0.0.1", 0);
                for (int length : new int[] {-1, Integer.MAX_VALUE, 64 * 1024 + 1}) {
                    try (ScriptedPeer peer = ScriptedPeer.connect(loop, "127.0.0.1", server.port())) {
                        peer.send(framed(2));
                        peer.expect(framed(2));
                        peer.send(ByteBuffer.allocate(Integer.BYTES)
                                .putInt(length)
                                .array());
                        peer.expectEof();
                    }
                }
                server.close();
            });
        }
    }

    @Test
    void theProgramServesASocketOfTheJdk() throws Exception {
        try (RunningMain server = RunningMain.start(LengthPrefixed::main);
                Socket socket = server.connect()) {
            new DataOutputStream(socket.getOutputStream()).write(framed(1_000));
            byte[] answer = new DataInputStream(socket.getInputStream()).readNBytes(1_004);

            assertThat(answer).isEqualTo(framed(1_000));
        }
    }
}
