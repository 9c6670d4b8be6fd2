package dev.matryoshka.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Layer;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: the log has every event in order and the connection does not notice. Method: a logger that keeps what it gets. */
@ExtendWith(LeakCheck.class)
class WireLogTest {
    private static final class Kept implements System.Logger {
        private final List<String> lines = new ArrayList<>();
        private boolean loggable = true;

        @Override
        public String getName() {
            return "kept";
        }

        @Override
        public boolean isLoggable(Level level) {
            return loggable && level == Level.TRACE;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {
            throw new AssertionError("not expected");
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {
            assertThat(level).isEqualTo(Level.TRACE);
            assertThat(parameters).as("not a format").isNullOrEmpty();
            lines.add(format.substring(format.indexOf(' ') + 1));
        }
    }

    private final Kept kept = new Kept();
    private final WireLog wire = new WireLog(kept, Level.TRACE, 20);

    @ParameterizedTest
    @EnumSource(
            value = Net.class,
            names = {"EPOLL", "NIO", "MEMORY"})
    void everyEventIsLoggedInOrder(Net net) throws Exception {
        Recorder user = new Recorder();
        user.keepOpen = true;
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (Server server = on.loop.createServer(wire.around(() -> user), "127.0.0.1", 0);
                        Peer peer = Peer.connect(on, server.port())) {
                    on.until("made", user.heard::isMade);
                    peer.send("{0} braces\n");
                    on.until("data", () -> user.heard.count() == 11);
                    Transport transport = user.transport();
                    assertThat(transport.protocol()).isSameAs(user);
                    transport.write("0123456789abcdefghijklmnop".getBytes(ISO_8859_1));
                    transport.writeLines(List.of(ByteBuffer.wrap(new byte[] {1}), ByteBuffer.wrap(new byte[] {2})));
                    transport.pauseReading();
                    transport.resumeReading();
                    peer.shutdownOutput();
                    on.until("eof", user.heard::isEof);
                    transport.writeEof();
                    assertThat(peer.readToEof()).hasSize(28);
                    transport.close();
                    on.until("lost", user.heard::isLost);
                }
            });
        }
        assertThat(kept.lines.getFirst()).matches("connectionMade /127.0.0.1:\\d+ <- /127.0.0.1:\\d+");
        assertThat(kept.lines.subList(1, kept.lines.size()))
                .containsExactly(
                        "received 11 bytes\n"
                                + "00000000  7b 30 7d 20 62 72 61 63  65 73 0a                 |{0} braces.|",
                        "write 26 bytes\n"
                                + "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
                                + "00000010  67 68 69 6a                                       |ghij|\n"
                                + "... and 6 more",
                        "write 1 bytes\n00000000  01                                                |.|",
                        "write 1 bytes\n00000000  02                                                |.|",
                        "pauseReading",
                        "resumeReading",
                        "eofReceived",
                        "writeEof",
                        "close",
                        "connectionLost");
    }

    @Test
    void pausesOfWritingAbortAndWhatBrokeItAreLogged() throws Exception {
        Recorder user = new Recorder();
        Recorder second = new Recorder();
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                try (Server server =
                                on.loop.createServer(wire.withDumpBytesMax(0).around(() -> user), "127.0.0.1", 0);
                        Server other = on.loop.createServer(wire.around(() -> second), "127.0.0.1", 0);
                        Peer peer = Peer.connect(on, server.port())) {
                    Peer reset = Peer.connect(on, other.port());
                    on.until("made", () -> user.heard.isMade() && second.heard.isMade());
                    user.transport().write(new byte[1_000_000]);
                    on.until("resumed", () -> peer.read().count() == 1_000_000);
                    user.transport().abort();
                    user.transport().write(new byte[5]);
                    reset.reset();
                    on.until("lost", () -> user.heard.isLost() && second.heard.isLost());
                }
            });
        }
        assertThat(kept.lines)
                .doesNotContain("write 5 bytes")
                .contains("write 1000000 bytes", "pauseWriting", "resumeWriting", "abort", "connectionLost")
                .anyMatch(line -> line.startsWith("connectionLost java.net.SocketException: "));
    }

    /** Receives into five bytes at the end of a larger buffer. */
    private static class Buffered implements BufferedProtocol {
        private final ByteBuffer memory = ByteBuffer.allocate(8);
        private final StringBuilder text = new StringBuilder();

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            return memory.clear().position(3);
        }

        @Override
        public void bufferUpdated(int byteCount) {
            text.append(ISO_8859_1.decode(memory.flip().position(3)));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Net.class,
            names = {"EPOLL", "NIO", "MEMORY", "MEMORY_ONE_BYTE"})
    void aBufferedProtocolStaysOneAndMayBeReplacedByAPlainOne(Net net) throws Exception {
        Buffered user = new Buffered();
        Recorder plain = new Recorder();
        Transport[] lowest = new Transport[1];
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (Server server = on.loop.createServer(
                                () -> {
                                    BaseProtocol layer = wire.around(() -> user).get();
                                    assertThat(layer).isInstanceOf(BufferedProtocol.class);
                                    return layer;
                                },
                                "127.0.0.1",
                                0);
                        Peer peer = Peer.connect(on, server.port())) {
                    peer.send("01234567");
                    on.until("data", () -> user.text.length() == 8);
                    assertThat(user.text).hasToString("01234567");
                    server.closeClients();
                    on.until("end", () -> peer.read().isEof());
                }
                try (Server server = on.loop.createServer(
                                wire.around(() -> new Buffered() {
                                    @Override
                                    public void connectionMade(Transport transport) {
                                        transport.setProtocol(plain);
                                        plain.connectionMade(transport);
                                        lowest[0] = Layer.below(transport);
                                    }
                                }),
                                "127.0.0.1",
                                0);
                        Peer peer = Peer.connect(on, server.port())) {
                    peer.send("abc");
                    on.until("data", () -> plain.heard.count() == 3);
                    assertThat(plain.transport().protocol()).isSameAs(plain);
                    assertThat(Layer.outermost(lowest[0])).isSameAs(plain.transport());
                    plain.transport().close();
                    on.until("lost", plain.heard::isLost);
                }
            });
        }
        assertThat(kept.lines).contains("setProtocol").anyMatch(line -> line.matches("(?s)received .*\\|0.*"));
    }

    @Test
    void whenNothingWouldBeLoggedTheProtocolIsGivenBackAsItIs() {
        Recorder user = new Recorder();
        kept.loggable = false;

        assertThat(wire.around(() -> user).get()).isSameAs(user);
        assertThat(WireLog.create().withLevel(Level.TRACE).around(() -> user).get())
                .isSameAs(user);
        assertThatThrownBy(() -> wire.withDumpBytesMax(-1)).hasMessageContaining("-1");
    }
}
