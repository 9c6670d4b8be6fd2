package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: what was sent is received, once, in order, read-only, between made and eof; pausing holds from the moment it is called;
 * what a protocol throws costs its own connection. Method: a peer without a transport sends.
 */
@ExtendWith(LeakCheck.class)
class ReceivingTest {
    /** One server, one peer, one body; both ends are over afterwards. */
    private static void with(Net net, Recorder recorder, Body body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(() -> recorder, "127.0.0.1", 0);
                try (Peer peer = Peer.connect(on, server.port())) {
                    on.until("made", recorder.heard::isMade);
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
            value = {"S-44", "Protocol.data_received"},
            ports = {"test_selector_events.test_read_ready", "test_selector_events.test_read_ready_tryagain"})
    @ParameterizedTest
    @EnumSource
    void everyByteArrivesOnceAndInOrder(Net net) throws Exception {
        byte[] content = Bytes.numbered(net.amount());
        Recorder recorder = new Recorder();
        with(net, recorder, (on, peer) -> {
            ByteBuffer left = ByteBuffer.wrap(content);
            on.until("all has arrived", () -> {
                send(peer, left);
                return recorder.heard.count() == content.length;
            });
            assertThat(recorder.heard.bytes()).isEqualTo(content);
            assertThat(recorder.heard.summary()).isEqualTo("made data");
        });
    }

    private static void send(Peer peer, ByteBuffer left) {
        try {
            peer.trySend(left);
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    @Proves("S-44")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theBufferIsReadOnlyAndHasNoMoreThanOneReceiveGives(Net net) throws Exception {
        Recorder recorder = new Recorder();
        List<Integer> sizes = new ArrayList<>();
        recorder.atData = data -> {
            sizes.add(data.remaining());
            assertThat(data.isReadOnly()).isTrue();
            assertThatThrownBy(() -> data.put(data.position(), (byte) 1)).isInstanceOf(ReadOnlyBufferException.class);
        };
        with(net, recorder, (on, peer) -> {
            ByteBuffer left = ByteBuffer.allocate(2_000_000);
            recorder.transport().pauseReading();
            for (int i = 0; i < 50; i++) {
                send(peer, left);
                on.passes(1);
            }
            int sent = left.position();
            recorder.transport().resumeReading();
            on.until("all has arrived", () -> recorder.heard.count() == sent);
            assertThat(sizes).isNotEmpty().allMatch(size -> size <= 256 * 1024);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aProtocolThatReadsOneByteOfTheBufferGetsTheRestOfNothing(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.atData = data -> data.get();
        with(net, recorder, (on, peer) -> {
            peer.send("abc");
            on.until("it has arrived", () -> recorder.heard.count() == 3);
            peer.send("def");
            on.until("it has arrived", () -> recorder.heard.count() == 6);
            assertThat(recorder.heard.text()).isEqualTo("abcdef");
        });
    }

    @Proves(
            value = {"Transport.pause_reading", "Transport.resume_reading", "Transport.is_reading"},
            ports = "test_selector_events.test_pause_resume_reading")
    @ParameterizedTest
    @EnumSource
    void afterPauseReadingNothingComesUntilResume(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.atData = data -> {
            recorder.transport().pauseReading();
            recorder.transport().pauseReading();
        };
        with(net, recorder, (on, peer) -> {
            for (String word : List.of("one", "two", "six")) {
                peer.send(word);
            }
            String all = "onetwosix";
            for (int rounds = 1; recorder.heard.count() < all.length(); rounds++) {
                int seen = rounds;
                on.until("one callback", () -> recorder.heard.times("data") == seen);
                on.passes(4);
                assertThat(recorder.heard.times("data")).isEqualTo(seen);
                assertThat(recorder.transport().isReading()).isFalse();
                recorder.transport().resumeReading();
                recorder.transport().resumeReading();
                assertThat(recorder.transport().isReading()).isTrue();
            }
            assertThat(recorder.heard.text()).isEqualTo(all);
        });
    }

    @Proves(value = "S-42", ports = "test_selector_events.test_pause_reading_connection_made")
    @ParameterizedTest
    @EnumSource
    void whatCameWhileItWasPausedInConnectionMadeComesOnResume(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.atMade = Transport::pauseReading;
        with(net, recorder, (on, peer) -> {
            peer.send("early");
            on.passes(4);
            assertThat(recorder.heard.summary()).isEqualTo("made");
            recorder.transport().resumeReading();
            on.until("it has come", () -> recorder.heard.count() == 5);
        });
    }

    @ParameterizedTest
    @EnumSource
    void pausedAndResumedInTheSameCallbackNothingIsLost(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.atData = data -> {
            recorder.transport().pauseReading();
            recorder.transport().resumeReading();
        };
        with(net, recorder, (on, peer) -> {
            peer.send("abc");
            on.until("it has come", () -> recorder.heard.count() == 3);
            peer.send("def");
            on.until("it has come", () -> recorder.heard.count() == 6);
        });
    }

    @Proves("S-47")
    @ParameterizedTest
    @EnumSource
    void closeInDataReceivedIsTheLastThatIsHeardOfData(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.atData = data -> recorder.transport().close();
        with(net, recorder, (on, peer) -> {
            ByteBuffer left = ByteBuffer.wrap("a lot that nobody wants any more".getBytes());
            on.until("some of it is sent", () -> {
                send(peer, left);
                return left.position() > 0;
            });
            on.until("lost", recorder.heard::isLost);
            assertThat(recorder.heard.times("data")).isEqualTo(1);
            assertThat(recorder.heard.summary()).isEqualTo("made data lost");
            assertThat(recorder.heard.reason()).isNull();
        });
    }

    // ---- what a protocol throws -----------------------------------------------------------------------------------

    @Proves(
            value = "S-46",
            ports = {
                "test_selector_events.test_data_received_error",
                "test_selector_events.test_fatal_error_custom_exception"
            })
    @ParameterizedTest
    @EnumSource
    void whatDataReceivedThrowsIsToldAndCostsTheConnection(Net net) throws Exception {
        Recorder recorder = new Recorder();
        Throwable thrown = new IllegalStateException("cannot take this");
        recorder.atData = data -> sneak(thrown);
        assertFatal(net, recorder, thrown, "Fatal error: protocol.dataReceived() call failed.");
        assertThat(recorder.heard.summary()).isEqualTo("made data lost");
    }

    @ParameterizedTest
    @EnumSource
    void evenAnErrorInDataReceivedDoesNotEndTheLoop(Net net) throws Exception {
        Recorder recorder = new Recorder();
        Throwable thrown = new StackOverflowError("deep");
        recorder.atData = data -> sneak(thrown);
        assertFatal(net, recorder, thrown, "Fatal error: protocol.dataReceived() call failed.");
    }

    @Proves(
            value = {"S-45", "Protocol.eof_received"},
            ports = "test_selector_events.test_read_eof_received_error")
    @ParameterizedTest
    @EnumSource
    void whatEofReceivedThrowsIsToldAndCostsTheConnection(Net net) throws Exception {
        Recorder recorder = new Recorder();
        Throwable thrown = new IllegalStateException("not the end");
        recorder.atEof = () -> sneak(thrown);
        assertFatal(net, recorder, thrown, "Fatal error: protocol.eofReceived() call failed.");
        assertThat(recorder.heard.summary()).isEqualTo("made data eof lost");
    }

    @Proves(
            value = {"S-46", "S-48"},
            ports = "test_selector_events.test_fatal_error")
    @ParameterizedTest
    @EnumSource
    void anIOExceptionOfAProtocolEndsTheConnectionQuietlyAsOneOfTheNetworkDoes(Net net) throws Exception {
        Recorder recorder = new Recorder();
        IOException thrown = new IOException("my own disk");
        recorder.atData = data -> sneak(thrown);
        with(net, recorder, (on, peer) -> {
            peer.send("x");
            on.until("lost", recorder.heard::isLost);
            assertThat(recorder.heard.reason()).isSameAs(thrown);
        });
    }

    private static void assertFatal(Net net, Recorder recorder, Throwable thrown, String message) throws Exception {
        with(net, recorder, (on, peer) -> {
            peer.send("x");
            peer.shutdownOutput();
            on.until("lost", recorder.heard::isLost);
            assertThat(recorder.heard.reason()).isSameAs(thrown);
            List<ExceptionContext> reported = on.reported();
            assertThat(reported).hasSize(1);
            assertThat(reported.getFirst().message()).isEqualTo(message);
            assertThat(reported.getFirst().exception()).isSameAs(thrown);
            assertThat(reported.getFirst().details())
                    .containsEntry("transport", recorder.transport())
                    .containsEntry("protocol", recorder);
        });
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Proves(
            value = {"S-49", "Protocol.connection_lost"},
            ports = "test_selector_events.test_connection_lost")
    @ParameterizedTest
    @EnumSource
    void whatConnectionLostThrowsIsReportedAndTheSocketIsClosedAllTheSame(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.atLost = reason -> {
            throw new IllegalStateException("not over for me");
        };
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on, new Recorder(), recorder);
                recorder.transport().close();
                on.until("the other side sees the end", pair.client().heard::isLost);
            });
            assertThat(on.reported())
                    .extracting(ExceptionContext::message)
                    .containsExactly("Exception in callback connectionLost()");
        }
    }
}
