package dev.matryoshka.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: the two ends of a pipe are transports of one direction each, with all that this entails for their ends. Method: both ends on
 * one loop, a recorder at each; asyncio's tests of its pipe transports, by what they promise.
 */
@ExtendWith(LeakCheck.class)
@Proves({"connect_read_pipe", "connect_write_pipe"})
class PipeTransportTest {
    /** Both ends with their recorders. */
    private record Ends(ReadPipe<Recorder> in, WritePipe<Recorder> out) {
        Recorder reader() {
            return in.protocol();
        }

        Recorder writer() {
            return out.protocol();
        }

        boolean areOver() {
            return reader().heard.isLost() && writer().heard.isLost();
        }
    }

    private interface Body {
        void run(TestLoop on, Ends ends) throws Exception;
    }

    private static void with(Net net, Body body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                PipeEnd.Pair pair = PipeEnd.pair(on.loop);
                Ends ends = new Ends(
                        on.loop.connectReadPipe(Recorder::new, pair.reader()),
                        on.loop.connectWritePipe(Recorder::new, pair.writer()));
                body.run(on, ends);
                ends.in().transport().abort();
                ends.out().transport().abort();
                on.until("both ends are over", ends::areOver);
            });
            assertThat(on.reported()).as("what the body did not take").isEmpty();
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    @Proves(
            ports = {
                "test_unix_events.test_ctor",
                "test_unix_events.test__read_ready",
                "test_unix_events.test__read_ready_blocked",
                "test_unix_events.test_write",
                "test_unix_events.test_write_partial",
                "test_unix_events.test_write_buffer",
                "test_unix_events.test_write_again",
                "test_unix_events.test__write_ready",
                "test_unix_events.test__write_ready_partial",
                "test_unix_events.test__write_ready_again"
            })
    @ParameterizedTest
    @EnumSource
    void whatIsWrittenIsRead(Net net) throws Exception {
        byte[] content = Bytes.numbered(net.amount());
        with(net, (on, ends) -> {
            ends.out().transport().write(content);
            on.until("all has come", () -> ends.reader().heard.count() == content.length);
            assertThat(ends.reader().heard.bytes()).isEqualTo(content);
            assertThat(ends.reader().heard.summary()).isEqualTo("made data");
            assertThat(ends.out().transport().writeBufferSize()).isZero();
        });
    }

    @Proves(ports = "test_unix_events.test_write_no_data")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anEmptyWriteIsNothing(Net net) throws Exception {
        with(net, (on, ends) -> {
            long before = on.calls().send;
            ends.out().transport().write(new byte[0]);
            on.passes(3);
            assertThat(on.calls().send).isEqualTo(before);
        });
    }

    @ParameterizedTest
    @EnumSource
    void aWriterThatIsFullIsPausedAndResumed(Net net) throws Exception {
        byte[] content = Bytes.numbered(Math.max(net.amount(), 300_000));
        assumeFalse(net.name().endsWith("ONE_BYTE"), "too much for one byte at a time");
        with(net, (on, ends) -> {
            ends.in().transport().pauseReading();
            ends.out().transport().write(content);
            assertThat(ends.writer().heard.isPaused()).isTrue();
            assertThat(ends.out().transport().isWritingPaused()).isTrue();
            ends.in().transport().resumeReading();
            on.until("all has come", () -> ends.reader().heard.count() == content.length);
            on.until("resumed", () -> !ends.writer().heard.isPaused());
            assertThat(ends.reader().heard.bytes()).isEqualTo(content);
        });
    }

    @Proves(
            ports = {
                "test_unix_events.test_pause_reading",
                "test_unix_events.test_resume_reading",
                "test_unix_events.test_pause_reading_on_paused_pipe",
                "test_unix_events.test_resume_reading_on_paused_pipe"
            })
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void pausingHoldsBytesBackAndIsIdempotent(Net net) throws Exception {
        with(net, (on, ends) -> {
            ReadTransport in = ends.in().transport();
            assertThat(in.isReading()).isTrue();
            in.pauseReading();
            in.pauseReading();
            assertThat(in.isReading()).isFalse();
            ends.out().transport().write(ascii("held"));
            on.passes(5);
            assertThat(ends.reader().heard.count()).isZero();
            in.resumeReading();
            in.resumeReading();
            on.until("received", () -> ends.reader().heard.text().equals("held"));
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFileGoesThroughAPipeToo(Net net, @TempDir Path directory) throws Exception {
        byte[] content = Bytes.numbered(500_000);
        Path path = Files.write(directory.resolve("file"), content);
        with(net, (on, ends) -> {
            ends.out().transport().write(ascii("<"));
            assertThat(on.loop.sendFile(ends.out().transport(), path, SendFileOptions.defaults()))
                    .isEqualTo(content.length);
            ends.out().transport().write(ascii(">"));
            on.until("all has come", () -> ends.reader().heard.count() == content.length + 2);
            byte[] all = ends.reader().heard.bytes();
            assertThat(all[0]).isEqualTo((byte) '<');
            assertThat(Arrays.copyOfRange(all, 1, all.length - 1)).isEqualTo(content);
            assertThat(all[all.length - 1]).isEqualTo((byte) '>');
        });
    }

    // ---- ends -----------------------------------------------------------------------------------------------------

    @Proves(
            ports = {
                "test_unix_events.test__read_ready_eof",
                "test_unix_events.test__call_connection_lost",
                "test_unix_events.test_close",
                "test_unix_events.test_write_close"
            })
    @ParameterizedTest
    @EnumSource
    void aWriterThatClosesIsTheReadersEndBehindAllBytes(Net net) throws Exception {
        byte[] content = Bytes.numbered(net.amount());
        for (boolean keepOpen : new boolean[] {false, true}) {
            with(net, (on, ends) -> {
                ends.reader().keepOpen = keepOpen;
                ends.out().transport().write(content);
                ends.out().transport().close();
                ends.out().transport().close();
                assertThat(ends.out().transport().isClosing()).isTrue();
                on.until("both are over", ends::areOver);
                assertThat(ends.reader().heard.bytes()).isEqualTo(content);
                assertThat(ends.reader().heard.summary()).isEqualTo("made data eof lost");
                assertThat(ends.reader().heard.reason()).isNull();
                assertThat(ends.writer().heard.reason()).isNull();
            });
        }
    }

    @Proves(
            ports = {
                "test_unix_events.test_can_write_eof",
                "test_unix_events.test_write_eof",
                "test_unix_events.test_write_eof_pending",
                "test_unix_events.test__write_ready_closing"
            })
    @ParameterizedTest
    @EnumSource
    void writeEofIsClose(Net net) throws Exception {
        with(net, (on, ends) -> {
            assertThat(ends.out().transport().canWriteEof()).isTrue();
            ends.out().transport().write(ascii("last"));
            ends.out().transport().writeEof();
            assertThat(ends.out().transport().isClosing()).isTrue();
            on.until("both are over", ends::areOver);
            assertThat(ends.reader().heard.text()).isEqualTo("last");
            ends.out().transport().write(ascii("late"));
            assertThat(ends.out().transport().droppedBytes()).isEqualTo(4);
        });
    }

    @Proves(ports = {"test_unix_events.test__read_ready", "test_events.test_write_pipe_disconnect_on_close"})
    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "MEMORY", "EPOLL_CLOGGED", "MEMORY_CLOGGED"})
    void aReaderThatGoesAwayIsNoticedByAnIdleWriter(Net net) throws Exception {
        with(net, (on, ends) -> {
            ends.in().transport().close();
            on.until("noticed", ends.writer().heard::isLost);
            assertThat(ends.writer().heard.reason()).as("nothing was lost").isNull();
        });
    }

    @Proves(ports = {"test_unix_events.test_write_err", "test_unix_events.test__write_ready_err"})
    @ParameterizedTest
    @EnumSource
    void aReaderThatGoesAwayBreaksAWriterThatHasBytesLeft(Net net) throws Exception {
        with(net, (on, ends) -> {
            ends.in().transport().pauseReading();
            ends.out().transport().write(new byte[300_000]);
            assertThat(ends.out().transport().writeBufferSize()).isPositive();
            ends.in().transport().close();
            on.until("broken", ends.writer().heard::isLost);
            assertThat(ends.writer().heard.reason())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("EPIPE");
            assertThat(ends.out().transport().droppedBytes()).isPositive();
        });
    }

    /** The event comes in a pass in which something was written, and is still kept for the end of the pass. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whatIsWrittenInThePassThatTellsOfTheReadersEndIsNotLostInSilence(Net net) throws Exception {
        with(net, (on, ends) -> {
            WritePipe<Recorder> out = ends.out();
            on.loop.callSoon(new Runnable() {
                @Override
                public void run() {
                    if (!out.transport().isClosing()) {
                        out.transport().write(new byte[1]);
                        on.loop.callSoon(this);
                    }
                }
            });
            on.passes(2);
            ends.in().transport().close();
            on.until("broken", ends.writer().heard::isLost);
            assertThat(ends.writer().heard.reason())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("EPIPE");
            assertThat(out.transport().droppedBytes()).isPositive();
        });
    }

    @Proves(ports = "test_unix_events.test_abort")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void abortDropsWhatIsBuffered(Net net) throws Exception {
        with(net, (on, ends) -> {
            ends.in().transport().pauseReading();
            ends.out().transport().write(new byte[300_000]);
            int left = ends.out().transport().writeBufferSize();
            ends.out().transport().abort();
            assertThat(ends.out().transport().droppedBytes()).isEqualTo(left);
            assertThat(ends.writer().heard.isLost()).as("not from inside").isFalse();
            ends.in().transport().resumeReading();
            on.until("both are over", ends::areOver);
            assertThat(ends.reader().heard.count()).isEqualTo(300_000 - left);
            assertThat(ends.writer().heard.reason()).isNull();
        });
    }

    @Proves(
            ports = {
                "test_unix_events.test_close_already_closing",
                "test_unix_events.test_close_closing",
                "test_unix_events.test_pause_reading_on_closed_pipe",
                "test_unix_events.test_resume_reading_on_closed_pipe"
            })
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aClosedReaderIgnoresTheRest(Net net) throws Exception {
        with(net, (on, ends) -> {
            ends.in().transport().close();
            ends.in().transport().close();
            ends.in().transport().pauseReading();
            ends.in().transport().resumeReading();
            assertThat(ends.in().transport().isReading()).isFalse();
            on.until("lost", ends.reader().heard::isLost);
            assertThat(ends.reader().heard.summary()).isEqualTo("made lost");
            ends.in().transport().resumeReading();
        });
    }

    @Proves(ports = {"test_unix_events.test__read_ready_error", "test_unix_events.test__call_connection_lost_with_err"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whatAReaderThrowsCostsItsPipe(Net net) throws Exception {
        with(net, (on, ends) -> {
            RuntimeException thrown = new RuntimeException("from dataReceived");
            ends.reader().atData = data -> {
                throw thrown;
            };
            ends.out().transport().write(ascii("x"));
            on.until("lost", ends.reader().heard::isLost);
            assertThat(ends.reader().heard.reason()).isSameAs(thrown);
            assertThat(on.reported())
                    .singleElement()
                    .satisfies(context -> assertThat(context.exception()).isSameAs(thrown));
        });
    }

    // ---- one direction --------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void theOtherDirectionIsNotThere(Net net) throws Exception {
        with(net, (on, ends) -> {
            Transport in = ends.reader().transport();
            assertThatThrownBy(() -> in.write(ascii("x")))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("for reading");
            assertThatThrownBy(() -> in.writeEof()).isInstanceOf(UnsupportedOperationException.class);
            assertThat(in.canWriteEof()).isFalse();
            Transport out = ends.writer().transport();
            out.pauseReading();
            out.resumeReading();
            assertThat(out.isReading()).isFalse();
            assertThat(out.localAddress()).isNull();
            assertThat(out.remoteAddress()).isNull();
            assertThatThrownBy(() -> out.getOption(StandardSocketOptions.SO_SNDBUF))
                    .isInstanceOf(UnsupportedOperationException.class);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anEndIsConnectedOnceAndItsOwnWay(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                PipeEnd.Pair pair = PipeEnd.pair(on.loop);
                assertThatThrownBy(() -> on.loop.connectWritePipe(Recorder::new, pair.reader()))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage("a pipe cannot be written");
                pair.reader().close();
                pair.reader().close();
                assertThatThrownBy(() -> on.loop.connectReadPipe(Recorder::new, pair.reader()))
                        .isInstanceOf(IllegalStateException.class);
                pair.writer().close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectThatIsCancelledAnswersOrLeavesNothingOpen(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                PipeEnd.Pair pair = PipeEnd.pair(on.loop);
                Task<ReadPipe<Recorder>> task =
                        on.loop.createTask(() -> on.loop.connectReadPipe(Recorder::new, pair.reader()));
                on.loop.createTask(() -> task.cancel());
                on.until("done", task::isDone);
                if (!task.isCancelled()) {
                    task.await().transport().abort();
                }
                pair.reader().close();
                pair.writer().close();
                on.until("gone", () -> on.engine.load().channels() == 0);
            });
        }
    }

    @Test
    void aPipeOfAnotherLoopIsRefused() throws Exception {
        try (TestLoop one = TestLoop.over(Net.MEMORY);
                TestLoop other = TestLoop.over(Net.MEMORY)) {
            PipeEnd.Pair pair = one.call(() -> PipeEnd.pair(one.loop));
            other.run(() -> assertThatThrownBy(() -> other.loop.connectReadPipe(Recorder::new, pair.reader()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("belongs to event loop"));
            one.run(() -> {
                pair.reader().close();
                pair.writer().close();
            });
        }
    }
}
