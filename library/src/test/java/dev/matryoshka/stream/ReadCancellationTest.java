package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.ascii;
import static dev.matryoshka.stream.StreamRig.pattern;
import static dev.matryoshka.stream.StreamRig.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.Timeout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: either the data or the cancellation, never both and never neither (issue I-17; {@code set_exception} after a cancelled
 * waiter in test_streams). Method: every kind of read is cancelled with a part of its bytes there; then all of them are.
 */
class ReadCancellationTest {
    private static final int MUCH = 300_000;

    /** A read that needs more than the tests below give it. */
    @FunctionalInterface
    interface Read {
        Object from(StreamReader reader) throws Exception;
    }

    static Stream<Named<Read>> reads() {
        return Stream.of(
                Named.of("read(-1)", reader -> reader.read(-1)),
                Named.of("readExactly", reader -> reader.readExactly(MUCH)),
                Named.of("readExactly, heap", reader -> fill(reader, ByteBuffer.allocate(MUCH))),
                Named.of("readExactly, direct", reader -> fill(reader, ByteBuffer.allocateDirect(MUCH))),
                Named.of("readLine", StreamReader::readLine),
                Named.of("nextLine", StreamReader::nextLine),
                Named.of("readUntil", reader -> reader.readUntil(ascii("no such"), ascii("separator"))));
    }

    private static Object fill(StreamReader reader, ByteBuffer target) throws Exception {
        target.position(3);
        try {
            reader.readExactly(target);
            return target;
        } finally {
            assertThat(target.position()).isEqualTo(3);
        }
    }

    @Proves("StreamReader.read")
    @ParameterizedTest
    @MethodSource("reads")
    void aCancelledReadTakesNothing(Read read) throws Exception {
        byte[] data = withoutNewline(pattern(250_000));
        StreamRig.run(1 << 20, rig -> {
            rig.feed(java.util.Arrays.copyOf(data, 10));
            Task<Object> task = rig.task(() -> read.from(rig.reader));
            for (int from = 10; from < data.length; from += 49_998) {
                rig.feed(java.util.Arrays.copyOfRange(data, from, from + 49_998));
                rig.pass();
            }
            assertThat(task.isDone()).isFalse();
            task.cancel();
            assertThatThrownBy(task::await).isInstanceOf(CancellationException.class);
            rig.feed("end");
            assertThat(rig.reader.readExactly(data.length)).isEqualTo(data);
            assertThat(text(rig.reader.readExactly(3))).isEqualTo("end");
        });
    }

    @Proves("StreamReader.read")
    @ParameterizedTest
    @MethodSource("reads")
    void theNextReadAfterATimeoutFindsEverything(Read read) throws Exception {
        StreamRig.run(rig -> {
            rig.feed("half");
            assertThatThrownBy(() -> Timeout.within(Duration.ofSeconds(1), () -> read.from(rig.reader)))
                    .isInstanceOf(TimeoutException.class);
            rig.feed(" and half\n");
            assertThat(text(rig.reader.readLine())).isEqualTo("half and half\n");
        });
    }

    @Proves("W3")
    @ParameterizedTest
    @MethodSource("reads")
    void aResetAfterAPartLosesNothing(Read read) throws Exception {
        StreamRig.run(rig -> {
            Task<Object> task = rig.task(() -> read.from(rig.reader));
            rig.feed("part");
            rig.pass();
            IOException reset = new IOException("reset");
            rig.transport.lose(reset);
            assertThatThrownBy(task::await).isSameAs(reset);
            assertThat(text(rig.reader.read())).isEqualTo("part");
            assertThatThrownBy(rig.reader::read).isSameAs(reset);
        });
    }

    @Test
    void dataThatIsThereWinsOverACancelInTheSamePass() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> task = rig.task(() -> rig.reader.read(4));
            rig.feed("data");
            task.cancel();
            assertThat(text(task.await())).isEqualTo("data");
        });
    }

    @Test
    void bytesThatLandedWhileTheTaskWasCancelledAreUnreadAgain() throws Exception {
        StreamRig.run(rig -> {
            ByteBuffer target = ByteBuffer.allocateDirect(100_000);
            Task<Boolean> task = rig.task(() -> {
                rig.reader.readExactly(target);
                return true;
            });
            byte[] data = pattern(50_000);
            rig.feed(data);
            task.cancel();
            rig.pass();
            assertThat(target.position()).isZero();
            assertThat(rig.reader.read(-1 >>> 1)).isEqualTo(data);
        });
    }

    @Proves(value = "StreamReader.exception", ports = "test_streams.test_exception_cancel")
    @Test
    void anExceptionAfterACancelledReadIsKeptForTheNext() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> task = rig.task(() -> rig.reader.read(4));
            task.cancel();
            rig.pass();
            IOException reset = new IOException("reset");
            rig.transport.lose(reset);
            assertThatThrownBy(rig.reader::read).isSameAs(reset);
        });
    }

    @Test
    void anIdleTimeoutIsATimeoutAroundEachRead() throws Exception {
        StreamRig.run(rig -> {
            for (int i = 1; i <= 3; i++) {
                rig.loop.callLater(Duration.ofSeconds(9 * i), () -> rig.feed("tick"));
            }
            for (int i = 1; i <= 3; i++) {
                assertThat(text(Timeout.within(Duration.ofSeconds(10), () -> rig.reader.read(100))))
                        .isEqualTo("tick");
            }
            assertThatThrownBy(() -> Timeout.within(Duration.ofSeconds(10), () -> rig.reader.read()))
                    .isInstanceOf(TimeoutException.class);
        });
    }

    private static byte[] withoutNewline(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] |= (byte) 0x80;
        }
        return bytes;
    }
}
