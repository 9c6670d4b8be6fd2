package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: a protocol that receives into its own memory gets the bytes there, direct or not; a buffer that cannot be filled is fatal to
 * its connection; the kind of protocol may change at any time. Method: small buffers over every net, so that one message
 * takes many turns.
 */
@ExtendWith(LeakCheck.class)
class BufferedProtocolTest {
    /** Takes what comes into a buffer of the test's choice; does in getBuffer what it is told. */
    private static final class Taker implements BufferedProtocol {
        final List<String> events = new ArrayList<>();
        final Supplier<ByteBuffer> buffers;
        Runnable inGetBuffer = () -> {};
        Runnable inUpdated = () -> {};
        ByteBuffer current = ByteBuffer.allocate(0);
        final StringBuilder text = new StringBuilder();
        Transport transport;
        Throwable reason;

        Taker(Supplier<ByteBuffer> buffers) {
            this.buffers = buffers;
        }

        @Override
        public void connectionMade(Transport made) {
            transport = made;
            events.add("made");
        }

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            assertThat(sizeHint).isEqualTo(-1);
            events.add("get");
            inGetBuffer.run();
            current = buffers.get();
            return current;
        }

        @Override
        public void bufferUpdated(int byteCount) {
            events.add("updated");
            int end = current.position();
            for (int i = end - byteCount; i < end; i++) {
                text.append((char) current.get(i));
            }
            inUpdated.run();
        }

        @Override
        public boolean eofReceived() {
            events.add("eof");
            return false;
        }

        @Override
        public void connectionLost(Throwable exception) {
            events.add("lost");
            reason = exception;
        }

        boolean lost() {
            return events.contains("lost");
        }
    }

    private static void with(Net net, Taker taker, Body body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(() -> taker, "127.0.0.1", 0);
                try (Peer peer = Peer.connect(on, server.port())) {
                    on.until("made", () -> taker.transport != null);
                    server.close();
                    body.run(on, peer);
                    server.abortClients();
                    server.waitClosed();
                }
            });
            assertThat(on.reported()).as("what the body did not take").isEmpty();
        }
    }

    private interface Body {
        void run(TestLoop on, Peer peer) throws Exception;
    }

    @Proves(
            value = {"BufferedProtocol.get_buffer", "BufferedProtocol.buffer_updated"},
            ports = {
                "test_buffered_proto.test_buffered_proto_create_connection",
                "test_protocols.test_buffered_protocol"
            })
    @ParameterizedTest
    @EnumSource
    void bytesLandInDirectAndInHeapBuffersAtTheirPosition(Net net) throws Exception {
        List<Supplier<ByteBuffer>> kinds = List.of(
                () -> ByteBuffer.allocate(7),
                () -> ByteBuffer.allocateDirect(7),
                () -> ByteBuffer.allocate(20).position(13),
                () -> ByteBuffer.allocateDirect(20).position(3).limit(5),
                () -> ByteBuffer.allocate(20).slice(4, 6));
        for (Supplier<ByteBuffer> kind : kinds) {
            Taker taker = new Taker(kind);
            with(net, taker, (on, peer) -> {
                peer.send("hello, this is more than one buffer");
                peer.shutdownOutput();
                on.until("lost", taker::lost);
            });
            assertThat(taker.text.toString()).isEqualTo("hello, this is more than one buffer");
            assertThat(taker.events).startsWith("made", "get").endsWith("eof", "lost");
            assertThat(taker.reason).isNull();
        }
    }

    @Proves(value = "BufferedProtocol.get_buffer", ports = "test_selector_events.test_get_buffer_zerosized")
    @ParameterizedTest
    @EnumSource
    void anEmptyBufferIsFatal(Net net) throws Exception {
        assertFatal(net, () -> ByteBuffer.allocate(0), "getBuffer() returned an empty buffer");
        assertFatal(net, () -> ByteBuffer.allocate(3).position(3), "getBuffer() returned an empty buffer");
    }

    @ParameterizedTest
    @EnumSource
    void aReadOnlyBufferIsFatal(Net net) throws Exception {
        assertFatal(net, () -> ByteBuffer.allocate(3).asReadOnlyBuffer(), "getBuffer() returned a read-only buffer");
    }

    @Proves(value = "S-46", ports = "test_selector_events.test_get_buffer_error")
    @ParameterizedTest
    @EnumSource
    void noBufferAndAnExceptionAreFatal(Net net) throws Exception {
        assertFatal(net, () -> null, null);
        assertFatal(
                net,
                () -> {
                    throw new IllegalArgumentException("none today");
                },
                "none today");
    }

    @ParameterizedTest
    @EnumSource
    void aBufferWhoseMemoryIsGoneIsFatal(Net net) throws Exception {
        Taker taker = new Taker(() -> Bytes.freed(1 << 20));
        with(net, taker, (on, peer) -> {
            peer.send("x");
            on.until("lost", taker::lost);
            assertThat(on.reported())
                    .extracting(ExceptionContext::message)
                    .containsExactly("Fatal read error on socket transport");
        });
        assertThat(taker.reason).isInstanceOf(IllegalStateException.class);
        assertThat(taker.events).startsWith("made", "get").endsWith("lost").doesNotContain("updated");
    }

    private static void assertFatal(Net net, Supplier<ByteBuffer> buffers, String message) throws Exception {
        Taker taker = new Taker(buffers);
        with(net, taker, (on, peer) -> {
            peer.send("x");
            on.until("lost", taker::lost);
            List<ExceptionContext> reported = on.reported();
            assertThat(reported).hasSize(1);
            assertThat(reported.getFirst().message()).isEqualTo("Fatal error: protocol.getBuffer() call failed.");
            assertThat(reported.getFirst().exception()).isSameAs(taker.reason);
        });
        if (message != null) {
            assertThat(taker.reason).hasMessage(message);
        }
        assertThat(taker.events).containsExactly("made", "get", "lost");
    }

    @Proves(value = "S-46", ports = "test_selector_events.test_buffer_updated_error")
    @ParameterizedTest
    @EnumSource
    void whatBufferUpdatedThrowsIsFatal(Net net) throws Exception {
        Taker taker = new Taker(() -> ByteBuffer.allocate(100));
        IllegalStateException thrown = new IllegalStateException("no");
        taker.inUpdated = () -> {
            throw thrown;
        };
        with(net, taker, (on, peer) -> {
            peer.send("x");
            on.until("lost", taker::lost);
            assertThat(on.reported())
                    .extracting(ExceptionContext::message)
                    .containsExactly("Fatal error: protocol.bufferUpdated() call failed.");
        });
        assertThat(taker.reason).isSameAs(thrown);
    }

    @ParameterizedTest
    @EnumSource
    void whoPausesOrEndsInGetBufferGetsNothingAfterIt(Net net) throws Exception {
        List<Runnable> calls = new ArrayList<>();
        Taker[] now = new Taker[1];
        calls.add(() -> now[0].transport.pauseReading());
        calls.add(() -> now[0].transport.close());
        calls.add(() -> now[0].transport.abort());
        for (Runnable call : calls) {
            Taker taker = new Taker(() -> ByteBuffer.allocate(10));
            now[0] = taker;
            taker.inGetBuffer = call;
            with(net, taker, (on, peer) -> {
                peer.send("x");
                on.until("it was asked", () -> taker.events.contains("get"));
                on.passes(5);
                assertThat(taker.text.toString()).isEmpty();
                assertThat(taker.events).doesNotContain("updated");
                if (!taker.transport.isClosing()) {
                    taker.inGetBuffer = () -> {};
                    taker.transport.resumeReading();
                    on.until("it comes on resume", () -> taker.text.length() == 1);
                }
            });
        }
    }

    @Proves(
            value = {"Transport.set_protocol", "Transport.get_protocol"},
            ports = "test_selector_events.test_proto_type_switch")
    @ParameterizedTest
    @EnumSource
    void theKindOfProtocolChangesFromTheNextCallbackOn(Net net) throws Exception {
        byte[] content = Bytes.numbered(200);
        Recorder plain = new Recorder();
        Taker taker = new Taker(() -> ByteBuffer.allocate(3));
        taker.inUpdated = () -> taker.transport.setProtocol(plain);
        plain.atData = data -> taker.transport.setProtocol(taker);
        with(net, taker, (on, peer) -> {
            plain.connectionMade(taker.transport);
            ByteBuffer left = ByteBuffer.wrap(content);
            on.until("all has come", () -> {
                try {
                    peer.trySend(left.limit(Math.min(left.position() + 7, content.length)));
                } catch (java.io.IOException failed) {
                    throw new AssertionError(failed);
                }
                return taker.text.length() + plain.heard.count() == content.length;
            });
            assertThat(plain.heard.count()).isPositive();
            assertThat(taker.text).isNotEmpty();
            assertThat(taker.transport.protocol()).isIn(taker, plain);
            taker.transport.setProtocol(taker);
        });
    }
}
