package dev.matryoshka.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.matryoshka.file.SendFileCancelledException;
import dev.matryoshka.file.SendFileException;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: over a transport that is not one of ours a file is the same, but for the way. Method: a transport that has what the
 * interface has, and nothing more.
 */
@Proves({"sendfile", "W9"})
class SendFileLayerTest extends SendFileRig {
    // ---- layers ---------------------------------------------------------------------------------------------------

    /** A transport that is not one of ours, as TLS is none: all that can be done with it is what its interface has. */
    private static final class Stranger extends ForwardingTransport {
        Stranger(Transport lower) {
            super(lower);
        }

        @Override
        public void setProtocol(BaseProtocol protocol) {
            lower().setProtocol(protocol);
        }

        @Override
        public BaseProtocol protocol() {
            return lower().protocol();
        }
    }

    @Proves(ports = {"test_sendfile.test_sendfile_ssl", "test_sendfile.test_sendfile_ssl_pre_and_post_data"})
    @ParameterizedTest
    @EnumSource
    void overALayerItIsReadAndWritten(Net net) throws Exception {
        Path path = file(net);
        with(net, (on, pair) -> {
            Transport layer = new Stranger(pair.clientTransport());
            long sendFiles = on.calls().sendFile;
            WaterMarks marks = layer.writeBufferLimits();
            layer.write("PREFIX".getBytes(US_ASCII));
            assertThat(on.loop.sendFile(layer, path)).isEqualTo(content.length);
            layer.write("SUFFIX".getBytes(US_ASCII));
            await(on, pair, content.length + 12);
            assertThat(pair.server().heard.bytes()).isEqualTo(joined("PREFIX", content, "SUFFIX"));
            assertThat(on.calls().sendFile).isEqualTo(sendFiles);
            assertThat(layer.protocol()).isSameAs(pair.client());
            assertThat(layer.writeBufferLimits()).isEqualTo(marks);
            assertThat(layer.isReading()).isTrue();
            on.until("resumed", () -> !pair.client().heard.isPaused());
        });
    }

    @Proves(ports = {"test_sendfile.test_sendfile_ssl_partial"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aPartOverALayer(Net net) throws Exception {
        Path path = file(200_000);
        with(net, (on, pair) -> {
            Transport layer = new Stranger(pair.clientTransport());
            assertThat(on.loop.sendFile(layer, path, 1000, 150_000)).isEqualTo(150_000);
            await(on, pair, 150_000);
            assertThat(pair.server().heard.bytes()).isEqualTo(Arrays.copyOfRange(content, 1000, 151_000));
        });
    }

    @Proves(ports = "test_sendfile.test_sendfile_no_fallback_for_fallback_transport")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aLayerRefusesWhereOnlyTheNativeWayIsAllowed(Net net) throws Exception {
        Path path = file(10);
        with(net, (on, pair) -> {
            Transport layer = new Stranger(pair.clientTransport());
            assertThatThrownBy(() -> on.loop.sendFile(layer, path, ALL.withoutFallback()))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("fallback is disabled");
            assertThat(layer.protocol()).isSameAs(pair.client());
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aLayerWhosePeerGoesTellsBoth(Net net) throws Exception {
        Path path = file(net.amount());
        with(net, (on, pair) -> {
            pair.serverTransport().pauseReading();
            Transport layer = new Stranger(pair.clientTransport());
            Task<SendFileException> task = on.loop.createTask(
                    "sender", () -> catchThrowableOfType(SendFileException.class, () -> on.loop.sendFile(layer, path)));
            on.until("full", () -> isFull(on, pair));
            pair.serverTransport().abort();
            on.until("told", task::isDone);
            assertThat(task.await().bytesSent()).isPositive().isLessThan(content.length);
            on.until("lost", pair.client().heard::isLost);
            assertThat(pair.client().heard.times("lost")).isEqualTo(1);
        });
    }

    /** Opened and then read, once each, when it is too late. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Timeout(value = 8, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void overALayerAJobThatEndsWhenTheLoopTakesNoMailAnyMoreWritesNothing(Net net) throws Exception {
        Path path = file(10);
        for (int early = 0; early < 2; early++) {
            int jobsBefore = early;
            List<Runnable> jobs = new ArrayList<>();
            CompletableFuture<Long> sending;
            try (TestLoop on = TestLoop.leaving(net.provider())) {
                sending = on.call(() -> {
                    Transport layer = new Stranger(Pair.open(on).clientTransport());
                    on.loop.setDefaultExecutor(jobs::add);
                    CompletableFuture<Long> begun = on.loop.sendFileAsync(layer, path);
                    for (int job = 0; job < jobsBefore; job++) {
                        runElsewhere(jobs);
                        on.until("the next job is given", () -> !jobs.isEmpty());
                    }
                    return begun;
                });
                on.engine.ending().atClose(() -> runElsewhere(jobs));
            }
            assertThat(failure(sending).bytesSent()).isZero();
        }
    }

    /** The refusal was lost in a future that nobody looked at, and the file never ended. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void overALayerAnExecutorThatWasShutDownEndsTheFile(Net net) throws Exception {
        Path path = file(10);
        with(net, (on, pair) -> {
            Transport layer = new Stranger(pair.clientTransport());
            CompletableFuture<Long> sending = on.loop.sendFileAsync(layer, path);
            on.loop.shutdownDefaultExecutor(Duration.ZERO); // it is being opened; the read is refused
            on.until("told", sending::isDone);
            assertThatThrownBy(sending::get).hasCauseInstanceOf(RejectedExecutionException.class);
            on.until("resumed", () -> !pair.client().heard.isPaused());
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aLayerThatIsClosedMeanwhileEndsTheFile(Net net) throws Exception {
        Path path = file(net.amount());
        with(net, (on, pair) -> {
            pair.serverTransport().pauseReading();
            Transport layer = new Stranger(pair.clientTransport());
            CompletableFuture<Long> sending = on.loop.sendFileAsync(layer, path);
            on.until("full", () -> isFull(on, pair));
            layer.close();
            pair.serverTransport().resumeReading();
            on.until("told", sending::isDone);
            SendFileException told = failure(sending);
            assertThat(told).hasCauseInstanceOf(ClosedChannelException.class);
            on.until("all of it", pair.server().heard::isEof);
            assertThat(pair.server().heard.bytes()).isEqualTo(Arrays.copyOf(content, (int) told.bytesSent()));
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aLayerGoesOnWhereACancelledOneStood(Net net) throws Exception {
        Path path = file(net.amount());
        with(net, (on, pair) -> {
            pair.serverTransport().pauseReading();
            Transport layer = new Stranger(pair.clientTransport());
            Task<SendFileCancelledException> task = on.loop.createTask(
                    "sender",
                    () -> catchThrowableOfType(SendFileCancelledException.class, () -> on.loop.sendFile(layer, path)));
            on.until("full", () -> isFull(on, pair));
            task.cancel();
            on.until("cancelled", task::isDone);
            int sent = (int) task.await().bytesSent();
            pair.serverTransport().resumeReading();
            layer.write(ByteBuffer.wrap("next".getBytes(US_ASCII)));
            await(on, pair, sent + 4);
            assertThat(pair.server().heard.bytes()).isEqualTo(joined(Arrays.copyOf(content, sent), "next"));
            assertThat(layer.protocol()).isSameAs(pair.client());
        });
    }
}
