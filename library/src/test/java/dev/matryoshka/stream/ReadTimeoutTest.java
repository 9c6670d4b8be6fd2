package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.text;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.loop.BusyException;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a read that takes too long fails, has taken nothing and harms nobody; one that need not wait knows no clock. Method: every
 * kind of read, in virtual time; timers are counted.
 */
@Proves("W7")
class ReadTimeoutTest {
    private static final StreamOptions FIVE_SECONDS = StreamOptions.defaults().withReadTimeout(Duration.ofSeconds(5));

    /** Reads that "abc" alone does not satisfy. */
    static List<Function<StreamReader, Callable<Object>>> unsatisfied() {
        return List.of(
                reader -> () -> reader.readExactly(10),
                reader -> () -> reader.read(-1),
                reader -> reader::readLine,
                reader -> reader::nextLine,
                reader -> () -> reader.readLine(US_ASCII),
                reader -> () -> reader.readUntil("xyz".getBytes(US_ASCII)),
                reader -> () -> {
                    reader.readExactly(ByteBuffer.allocate(10));
                    return true;
                },
                reader -> () -> {
                    reader.readExactly(ByteBuffer.allocateDirect(100_000));
                    return true;
                });
    }

    private static void sleep(long millis) throws InterruptedException {
        Task.sleep(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @MethodSource("unsatisfied")
    void aReadThatIsNotSatisfiedInTimeHasTakenNothing(Function<StreamReader, Callable<Object>> read) throws Exception {
        StreamRig.run(FIVE_SECONDS, null, rig -> {
            Task<Object> reading = rig.task(read.apply(rig.reader));
            sleep(3_000);
            rig.arrives("abc");
            sleep(1_900);
            assertThat(reading.isDone()).isFalse();
            sleep(200);
            assertThatThrownBy(reading::get)
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("PT5S");
            assertThat(rig.reader.bufferedBytes()).isEqualTo(3);
            assertThat(rig.reader.exception()).as("the connection is well").isNull();
            assertThat(text(rig.reader.readExactly(3))).isEqualTo("abc");
        });
    }

    @Test
    void readsOfWhateverIsThereTimeOutWhenNothingIs() throws Exception {
        StreamRig.run(FIVE_SECONDS, null, rig -> {
            List<Callable<Object>> reads = List.of(
                    rig.reader::read,
                    () -> rig.reader.read(10),
                    () -> rig.reader.readInto(ByteBuffer.allocate(10)),
                    () -> rig.reader.readInto(ByteBuffer.allocateDirect(100_000)));
            for (Callable<Object> read : reads) {
                assertThatThrownBy(read::call).isInstanceOf(SocketTimeoutException.class);
            }
            rig.feed("well");
            assertThat(text(rig.reader.read())).isEqualTo("well");
        });
    }

    @Test
    void eachReadHasTheWholeTime() throws Exception {
        StreamRig.run(FIVE_SECONDS, null, rig -> {
            for (int i = 0; i < 5; i++) {
                Task<byte[]> reading = rig.task(rig.reader::readLine);
                sleep(4_000);
                rig.arrives("line\n");
                assertThat(text(reading.get())).isEqualTo("line\n");
                sleep(60_000); // the time between two reads is nobody's
            }
        });
    }

    @Test
    void theTimeOfOneReadIsNotTakenFromTheNext() throws Exception {
        StreamRig.run(FIVE_SECONDS, null, rig -> {
            for (int i = 0; i < 5; i++) {
                Task<byte[]> reading = rig.task(rig.reader::readLine);
                sleep(4_000);
                rig.arrives("line\n");
                reading.get(); // one second before its timer, which the next one finds under way
            }
            Task<byte[]> last = rig.task(rig.reader::readLine);
            sleep(4_900);
            assertThat(last.isDone()).isFalse();
            sleep(200);
            assertThatThrownBy(last::get).cause().isInstanceOf(SocketTimeoutException.class);
        });
    }

    @Test
    void bytesThatComeInTheVeryPassOfTheTimeoutWin() throws Exception {
        StreamRig.run(FIVE_SECONDS, null, rig -> {
            Task<byte[]> reading = rig.task(rig.reader::readLine);
            rig.loop.callLater(Duration.ofSeconds(5), () -> rig.feed("just so\n"));
            sleep(6_000);
            assertThat(text(reading.get())).isEqualTo("just so\n");
        });
    }

    @Test
    void aReadThatNeedNotParkKnowsNoClockAndOneTimerServesAllThatDo() throws Exception {
        StreamRig.run(FIVE_SECONDS, null, rig -> {
            int timers = rig.engine.load().timers();
            rig.feed("there already\n");
            rig.reader.readLine();
            assertThat(rig.engine.load().timers()).isEqualTo(timers);
            for (int i = 0; i < 100; i++) {
                Task<byte[]> reading = rig.task(rig.reader::readLine);
                rig.arrives("x\n");
                reading.get();
            }
            assertThat(rig.engine.load().timers()).isEqualTo(timers + 1);
            rig.eof();
            assertThat(rig.engine.load().timers()).as("after the end").isEqualTo(timers);
        });
    }

    @Test
    void theLimitCanBeChangedBetweenReads() throws Exception {
        StreamRig.run(rig -> {
            Task<byte[]> patient = rig.task(rig.reader::readLine);
            sleep(3_600_000);
            assertThatThrownBy(() -> rig.reader.setReadTimeout(Duration.ofSeconds(1)))
                    .isInstanceOf(BusyException.class);
            rig.arrives("at last\n");
            patient.get();
            rig.reader.setReadTimeout(Duration.ofSeconds(1));
            assertThatThrownBy(rig.reader::readLine).isInstanceOf(SocketTimeoutException.class);
            rig.reader.setReadTimeout(Duration.ZERO);
            Task<byte[]> again = rig.task(rig.reader::readLine);
            sleep(3_600_000);
            assertThat(again.isDone()).isFalse();
            rig.arrives("\n");
            again.get();
            assertThatThrownBy(() -> rig.reader.setReadTimeout(Duration.ofNanos(-1)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> StreamOptions.defaults().withReadTimeout(Duration.ofSeconds(-2)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("PT-2S");
        });
    }

    @Test
    void aCancelledReadIsCancelledAndNotTimedOut() throws Exception {
        StreamRig.run(FIVE_SECONDS, null, rig -> {
            Task<byte[]> reading = rig.task(rig.reader::readLine);
            sleep(1_000);
            reading.cancel();
            rig.pass();
            assertThat(reading.isCancelled()).isTrue();
            sleep(60_000);
            assertThatThrownBy(rig.reader::readLine).isInstanceOf(SocketTimeoutException.class);
        });
    }

    @Test
    void aHandlerThatFailsWithItIsNoNewsAndItsConnectionIsClosed() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = on.loop.startServer(
                        (reader, writer) -> {
                            while (!reader.atEof()) {
                                writer.write(reader.readLine());
                            }
                        },
                        "127.0.0.1",
                        0,
                        FIVE_SECONDS,
                        ServerOptions.defaults());
                Peer peer = Peer.connect(on, server.port());
                peer.send("one line\nhalf a");
                sleep(6_000);
                assertThat(peer.readToEof()).asString().isEqualTo("one line\n");
                on.until("it has gone", () -> server.clientCount() == 0);
                assertThat(on.reported()).isEmpty();
                peer.close();
                server.close();
            });
        }
    }
}
