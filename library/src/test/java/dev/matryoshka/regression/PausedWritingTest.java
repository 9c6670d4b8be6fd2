package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.WaterMarks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * New marks found the few bytes of this pass too many and paused the protocol; a large write, which leaves at once, took them along;
 * nothing was left to drain, and so nobody resumed. Goal: whoever is paused is resumed when the buffer is empty, however it got so.
 * Method: a real pair whose window is open, from a task, where the bytes wait for the end of the pass, and from a receiving
 * callback, where they wait for its end.
 */
@ExtendWith(LeakCheck.class)
class PausedWritingTest {
    private static final WaterMarks NO_BYTE = new WaterMarks(0, 0);
    private static final int FEW = 100;
    private static final int MUCH = 10 * 1024;

    private interface Body {
        void run(TestLoop on, Pair pair) throws Exception;
    }

    private static void with(Net net, Body body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                body.run(on, pair);
                pair.end(on);
            });
        }
    }

    private static void pauseAndOvertake(Transport transport) {
        transport.write(new byte[FEW]);
        transport.setWriteBufferLimits(NO_BYTE);
        transport.write(new byte[MUCH]);
    }

    private static void assertResumed(TestLoop on, Pair pair) throws InterruptedException {
        on.until("all has come", () -> pair.server().heard.count() == FEW + MUCH);
        on.until("resumed", () -> !pair.client().heard.isPaused());
        assertThat(pair.clientTransport().isWritingPaused()).isFalse();
        assertThat(pair.client().heard.times("pause")).isEqualTo(1);
        assertThat(pair.client().heard.times("resume")).isEqualTo(1);
    }

    @Proves("Transport.set_write_buffer_limits")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aLargeWriteThatTakesTheBufferAlongResumesInATask(Net net) throws Exception {
        with(net, (on, pair) -> {
            pauseAndOvertake(pair.clientTransport());
            assertResumed(on, pair);
        });
    }

    @Proves("Transport.set_write_buffer_limits")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aLargeWriteThatTakesTheBufferAlongResumesInAReceivingCallback(Net net) throws Exception {
        with(net, (on, pair) -> {
            pair.client().atData = data -> pauseAndOvertake(pair.clientTransport());
            pair.serverTransport().write(new byte[1]);
            assertResumed(on, pair);
        });
    }

    /** The file takes the buffer along as well, but stands in the way of writes itself. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFileThatPauseWritingStartsKeepsItPaused(Net net, @TempDir Path directory) throws Exception {
        Path path = Files.write(directory.resolve("file"), new byte[MUCH]);
        with(net, (on, pair) -> {
            CompletableFuture<?>[] sending = new CompletableFuture<?>[1];
            pair.client().atPause = () -> {
                sending[0] = on.loop.sendFileAsync(pair.clientTransport(), path);
            };
            pair.client().atResume = () -> assertThat(sending[0]).isDone();
            pair.clientTransport().write(new byte[FEW]);
            pair.clientTransport().setWriteBufferLimits(NO_BYTE);
            assertThat(pair.client().heard.isPaused()).isTrue();
            assertResumed(on, pair);
        });
    }
}
