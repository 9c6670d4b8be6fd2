package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.ascii;
import static dev.matryoshka.stream.StreamRig.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.loop.WrongThreadException;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.WaterMarks;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

/**
 * Goal: the writer is asyncio's (test_streams: drain, wait_closed; rows S-62 to S-66, issues I-1 to I-3), and nobody has to
 * remember to drain. Method: a fake transport that the test clogs.
 */
class StreamWriterTest {
    private static final ByteBuffer KIB = ByteBuffer.allocate(1024).asReadOnlyBuffer();

    @Proves(
            value = {
                "S-62",
                "StreamWriter.write",
                "StreamWriter.writelines",
                "StreamWriter.transport",
                "StreamWriter.get_extra_info"
            },
            ports = "test_streams.test_async_writer_api")
    @Test
    void everyFormOfWriteReachesTheTransport() throws Exception {
        StreamRig.run(rig -> {
            ByteBuffer buffer = ByteBuffer.wrap(ascii("buffer "));
            rig.writer.write(buffer);
            rig.writer.write(ascii("array "));
            rig.writer.write(ascii("xxpartxx"), 2, 4);
            rig.writer.write(" tëxt", StandardCharsets.UTF_8);
            rig.writer.writeLines(List.of(ByteBuffer.wrap(ascii(" one")), ByteBuffer.wrap(ascii(" two"))));
            assertThat(buffer.hasRemaining()).isFalse();
            assertThat(new String(rig.transport.sent(), StandardCharsets.UTF_8))
                    .isEqualTo("buffer array part tëxt one two");
        });
    }

    @Proves({"W1", "S-55"})
    @Test
    void writeWaitsAboveTheHighWaterMarkAndHasTakenNothingYet() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.setWriteBufferLimits(new WaterMarks(2048, 512));
            rig.transport.clog();
            Task<Integer> writing = rig.task(() -> {
                int written = 0;
                for (; written < 10; written++) {
                    rig.writer.write(KIB.duplicate());
                }
                return written;
            });
            assertThat(writing.isDone()).isFalse();
            assertThat(rig.transport.writeBufferSize())
                    .as("one write above the mark")
                    .isEqualTo(3 * 1024);
            rig.transport.unclog();
            assertThat(writing.await()).isEqualTo(10);
            assertThat(rig.transport.sent()).hasSize(10 * 1024);
        });
    }

    @Test
    void manyWritersTogetherStayOneWriteAboveTheMark() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.setWriteBufferLimits(new WaterMarks(2048, 512));
            rig.transport.clog();
            List<Task<Boolean>> writers = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                writers.add(rig.loop.createTask(() -> {
                    rig.writer.write(KIB.duplicate());
                    return true;
                }));
            }
            rig.pass();
            assertThat(rig.transport.writeBufferSize()).isEqualTo(3 * 1024);
            rig.transport.unclog();
            rig.transport.clog();
            rig.pass();
            assertThat(rig.transport.writeBufferSize()).isEqualTo(3 * 1024);
            rig.transport.unclog();
            for (Task<Boolean> writer : writers) {
                assertThat(writer.await()).isTrue();
            }
            assertThat(rig.transport.sent()).hasSize(50 * 1024);
        });
    }

    @Test
    void aCancelledWriteHasTakenNothing() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.setWriteBufferLimits(new WaterMarks(0, 0));
            rig.transport.clog();
            rig.writer.write("first", StandardCharsets.US_ASCII);
            ByteBuffer second = ByteBuffer.wrap(ascii("second"));
            Task<Boolean> writing = rig.task(() -> {
                rig.writer.write(second);
                return true;
            });
            writing.cancel();
            assertThatThrownBy(writing::await).isInstanceOf(CancellationException.class);
            assertThat(second.remaining()).isEqualTo(6);
            rig.transport.unclog();
            assertThat(text(rig.transport.sent())).isEqualTo("first");
        });
    }

    @Test
    void writeInACallbackNeverWaits() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.setWriteBufferLimits(new WaterMarks(0, 0));
            rig.transport.clog();
            rig.loop.callSoon(() -> {
                for (int i = 0; i < 10; i++) {
                    writeUnchecked(rig, KIB.duplicate());
                }
            });
            rig.pass();
            assertThat(rig.transport.writeBufferSize()).isEqualTo(10 * 1024);
            rig.transport.unclog();
        });
    }

    private static void writeUnchecked(StreamRig rig, ByteBuffer data) {
        try {
            rig.writer.write(data);
        } catch (IOException | InterruptedException impossible) {
            throw new AssertionError(impossible);
        }
    }

    // ---- drain ----------------------------------------------------------------------------------------------------

    @Proves({"StreamWriter.drain", "S-64"})
    @Test
    void drainReturnsAtOnceBelowTheMark() throws Exception {
        StreamRig.run(rig -> {
            rig.writer.write("data", StandardCharsets.US_ASCII);
            rig.writer.drain();
        });
    }

    @Proves(
            value = {"S-66", "StreamWriter.drain"},
            ports = "test_streams.test_multiple_drain")
    @Test
    void tenTasksMayDrainAtOnce() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.setWriteBufferLimits(new WaterMarks(0, 0));
            rig.transport.clog();
            rig.writer.write("data", StandardCharsets.US_ASCII);
            List<Task<Boolean>> drainers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                drainers.add(rig.loop.createTask(() -> {
                    rig.writer.drain();
                    return true;
                }));
            }
            rig.pass();
            assertThat(drainers).noneMatch(Task::isDone);
            rig.transport.unclog();
            for (Task<Boolean> drainer : drainers) {
                assertThat(drainer.await()).isTrue();
            }
        });
    }

    @Proves("S-66")
    @Test
    void lossWakesDrainersWithItsCause() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.setWriteBufferLimits(new WaterMarks(0, 0));
            rig.transport.clog();
            rig.writer.write("data", StandardCharsets.US_ASCII);
            Task<Boolean> drainer = rig.task(() -> {
                rig.writer.drain();
                return true;
            });
            IOException reset = new SocketException("EPIPE");
            rig.transport.lose(reset);
            assertThatThrownBy(drainer::await).isSameAs(reset);
            assertThatThrownBy(rig.writer::drain).isSameAs(reset);
        });
    }

    @Test
    void aDrainThatWasDoneBeforeTheEndIsDone() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.setWriteBufferLimits(new WaterMarks(0, 0));
            rig.transport.clog();
            rig.writer.write("data", StandardCharsets.US_ASCII);
            Task<Boolean> drainer = rig.task(() -> {
                rig.writer.drain();
                return true;
            });
            rig.transport.unclog();
            rig.transport.lose(null);
            assertThat(drainer.await()).isTrue();
        });
    }

    @Proves(value = "S-65", ports = "test_streams.test_async_writer_api_exception_after_close")
    @Test
    void drainAfterCloseSeesTheEnd() throws Exception {
        StreamRig.run(rig -> {
            rig.writer.close();
            assertThatThrownBy(rig.writer::drain).isInstanceOf(ClosedChannelException.class);
        });
    }

    @Test
    void drainAfterAnEndThatNobodyHereAskedForIsABrokenConnection() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.lose(null);
            assertThatThrownBy(rig.writer::drain)
                    .isInstanceOf(SocketException.class)
                    .hasMessage("connection lost");
        });
    }

    @Test
    void drainInACallbackOrOnAForeignThreadFailsAtOnce() throws Exception {
        StreamRig.run(rig -> {
            List<Throwable> thrown = new ArrayList<>();
            rig.loop.callSoon(() -> {
                try {
                    rig.writer.drain();
                } catch (IOException | InterruptedException | RuntimeException failed) {
                    thrown.add(failed);
                }
            });
            rig.pass();
            assertThat(thrown).singleElement().isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(rig.loop.runInExecutor(() -> {
                        rig.writer.write(ascii("x"));
                        return true;
                    })::get)
                    .hasCauseInstanceOf(WrongThreadException.class);
        });
    }

    // ---- the end --------------------------------------------------------------------------------------------------

    @Proves({"W2", "S-65"})
    @Test
    void aTaskThatOnlyWritesSeesTheLossAndDoesNotHoldTheLoop() throws Exception {
        StreamRig.run(rig -> {
            IOException broken = new SocketException("ECONNRESET");
            rig.loop.callLater(java.time.Duration.ofSeconds(1), () -> rig.transport.lose(broken));
            rig.transport.clog();
            assertThatThrownBy(() -> {
                        while (true) {
                            rig.writer.write(KIB.duplicate());
                        }
                    })
                    .isSameAs(broken);
        });
    }

    @Test
    void aTaskThatOnlyWritesSeesThatItWasClosed() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.clog();
            rig.writer.write("data", StandardCharsets.US_ASCII);
            rig.writer.close();
            assertThat(rig.writer.isClosing()).isTrue();
            assertThatThrownBy(() -> rig.writer.write("more", StandardCharsets.US_ASCII))
                    .isInstanceOf(ClosedChannelException.class);
            rig.transport.unclog();
            rig.writer.waitClosed();
            assertThat(text(rig.transport.sent())).isEqualTo("data");
        });
    }

    @Test
    void aCallbackThatWritesAfterTheEndIsIgnoredAndCounted() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.lose(null);
            rig.loop.callSoon(() -> writeUnchecked(rig, KIB.duplicate()));
            rig.pass();
            assertThat(rig.transport.droppedBytes()).isEqualTo(1024);
        });
    }

    @Proves({"S-63", "StreamWriter.wait_closed"})
    @Test
    void waitClosedMayComeBeforeAndAfterTheEndAnyNumberOfTimes() throws Exception {
        StreamRig.run(rig -> {
            List<Task<Boolean>> waiting = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiting.add(rig.task(() -> {
                    rig.writer.waitClosed();
                    return true;
                }));
            }
            assertThat(waiting).noneMatch(Task::isDone);
            rig.writer.close();
            rig.writer.close();
            for (Task<Boolean> task : waiting) {
                assertThat(task.await()).isTrue();
            }
            rig.writer.waitClosed();
        });
    }

    @Proves("S-63")
    @Test
    void waitClosedThrowsWhatBrokeTheConnection() throws Exception {
        StreamRig.run(rig -> {
            Task<Boolean> waiting = rig.task(() -> {
                rig.writer.waitClosed();
                return true;
            });
            IOException broken = new SocketException("ECONNRESET");
            rig.transport.lose(broken);
            assertThatThrownBy(waiting::await).isSameAs(broken);
            assertThatThrownBy(rig.writer::waitClosed).isSameAs(broken);
        });
    }

    @Test
    void waitClosedWithUnreadDataKeepsIt() throws Exception {
        StreamRig.run(rig -> {
            rig.feed("some data\n");
            rig.writer.close();
            rig.writer.waitClosed();
            assertThat(text(rig.reader.readLine())).isEqualTo("some data\n");
            assertThat(rig.reader.atEof()).isTrue();
        });
    }

    @Proves({"StreamWriter.close", "StreamWriter.is_closing"})
    @Test
    void closeWakesAReadThatWaitsWithTheEnd() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> read = rig.task(() -> rig.reader.read(1));
            rig.writer.close();
            assertThat(read.await()).isEmpty();
        });
    }

    @Proves({"StreamWriter.write_eof", "StreamWriter.can_write_eof"})
    @Test
    void writeEofIsTheTransports() throws Exception {
        StreamRig.run(rig -> {
            assertThat(rig.writer.canWriteEof()).isTrue();
            rig.writer.writeEof();
            assertThat(rig.transport.eofs).isEqualTo(1);
            assertThat(rig.writer.transport()).isSameAs(rig.transport);
            assertThat(rig.writer.localAddress()).isNull();
            assertThat(rig.writer.remoteAddress()).isNull();
            assertThat(rig.writer).hasToString("StreamWriter[FakeTransport]");
        });
    }

    @Proves("S-61")
    @Test
    void streamsGoOverATransportThatIsOpenAlready() throws Exception {
        StreamRig.run(rig -> {
            rig.transport.setWriteBufferLimits(new WaterMarks(0, 0));
            rig.transport.clog();
            rig.writer.write("old", StandardCharsets.US_ASCII);
            StreamConnection taken = Streams.over(rig.transport, StreamOptions.defaults());
            rig.feed("new");
            assertThat(text(taken.reader().read())).isEqualTo("new");
            Task<Boolean> write = rig.task(() -> {
                taken.writer().write(ascii("new"));
                return true;
            });
            assertThat(write.isDone())
                    .as("the buffer was above its mark already")
                    .isFalse();
            rig.transport.unclog();
            assertThat(write.await()).isTrue();
            taken.close();
            taken.writer().waitClosed();
            assertThatIllegalStateException().isThrownBy(() -> Streams.over(rig.transport, StreamOptions.defaults()));
        });
    }
}
