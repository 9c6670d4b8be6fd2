package dev.matryoshka.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.matryoshka.file.SendFileCancelledException;
import dev.matryoshka.file.SendFileException;
import dev.matryoshka.file.SendFileMode;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: whatever ends a file in the middle, how much of it has left is told exactly, and the connection goes on from there if it
 * can. Method: a peer that takes nothing, and then something happens.
 */
@Proves({"sendfile", "W9"})
class SendFileEndTest extends SendFileRig {
    // ---- ends -----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void closeAndWriteEofActBehindTheFile(Net net) throws Exception {
        Path path = file(net);
        for (boolean half : new boolean[] {true, false}) {
            with(net, (on, pair) -> {
                CompletableFuture<Long> sending = on.loop.sendFileAsync(pair.clientTransport(), path);
                if (half) {
                    pair.clientTransport().writeEof();
                } else {
                    pair.clientTransport().close();
                }
                on.until("the end has arrived", pair.server().heard::isEof);
                assertThat(pair.server().heard.bytes()).isEqualTo(content);
                assertThat(sending.join()).isEqualTo(content.length);
                on.until("over", () -> pair.server().heard.isLost());
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void abortDropsTheRestAndTellsHowMuchHadLeft(Net net) throws Exception {
        Path path = file(net.amount());
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            with(net, (on, pair) -> {
                pair.serverTransport().pauseReading();
                for (SendFileMode mode : SendFileMode.values()) {
                    if (mode == SendFileMode.NATIVE) {
                        continue;
                    }
                    Pair other = Pair.open(on);
                    other.serverTransport().pauseReading();
                    CompletableFuture<Long> sending =
                            FileTransfers.sendFileAsync(other.clientTransport(), channel, ALL.withMode(mode));
                    on.until("full", () -> isFull(on, other));
                    other.clientTransport().abort();
                    assertThat(sending).as("not from inside abort").isNotDone();
                    on.until("told", sending::isDone);
                    SendFileException told = failure(sending);
                    assertThat(told.bytesSent()).isPositive().isLessThan(content.length);
                    assertThat(told).hasCauseInstanceOf(ClosedChannelException.class);
                    assertThat(channel.position()).isEqualTo(told.bytesSent());
                    other.end(on);
                }
            });
        }
    }

    /** The rig waits for the worker by time: when it counted passes, a busy machine failed the test above. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aReadThatTakesLongerThanItsConnectionGivesItsChunkBack(Net net) throws Exception {
        Path path = file(10);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
                ScheduledExecutorService slow = Executors.newSingleThreadScheduledExecutor()) {
            with(net, (on, pair) -> {
                on.loop.setDefaultExecutor(job -> {
                    var ignored = slow.schedule(job, 300, TimeUnit.MILLISECONDS);
                });
                CompletableFuture<Long> sending =
                        FileTransfers.sendFileAsync(pair.clientTransport(), channel, ALL.withMode(SendFileMode.COPY));
                on.until("the read holds its chunk", () -> on.engine.load().chunks() > 0);
                pair.clientTransport().abort();
                on.until("told", sending::isDone);
                assertThat(failure(sending).bytesSent()).isZero();
            });
        }
    }

    /** Its outcome comes on its own thread then, which sent from there beside the loop. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Timeout(value = 8, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aReadThatEndsWhenTheLoopTakesNoMailAnyMoreSendsNothing(Net net) throws Exception {
        Path path = file(10);
        List<Runnable> jobs = new ArrayList<>();
        CompletableFuture<Long> sending;
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
                TestLoop on = TestLoop.leaving(net.provider())) {
            sending = on.call(() -> {
                Pair pair = Pair.open(on);
                on.loop.setDefaultExecutor(jobs::add);
                CompletableFuture<Long> begun =
                        FileTransfers.sendFileAsync(pair.clientTransport(), channel, ALL.withMode(SendFileMode.COPY));
                on.until("the read is given", () -> !jobs.isEmpty());
                return begun;
            });
            on.engine.ending().atClose(() -> runElsewhere(jobs));
        }
        assertThat(failure(sending).bytesSent()).isZero();
    }

    @Proves(
            ports = {
                "test_sendfile.test_sendfile_close_peer_in_the_middle_of_receiving",
                "test_sendfile.test_sendfile_fallback_close_peer_in_the_middle_of_receiving",
                "test_unix_events.test_sock_sendfile_os_error_next_call"
            })
    @ParameterizedTest
    @EnumSource
    void aPeerThatGoesInTheMiddleIsToldWithTheExactCount(Net net) throws Exception {
        Path path = file(Math.max(net.amount(), 30_000));
        for (SendFileMode mode : new SendFileMode[] {SendFileMode.AUTO, SendFileMode.COPY}) {
            Recorder server = new Recorder();
            server.atData = data -> {
                if (server.heard.count() >= 100) {
                    server.transport().abort();
                }
            };
            try (TestLoop on = TestLoop.over(net);
                    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                on.run(() -> {
                    Pair pair = Pair.open(on, new Recorder(), server);
                    pair.clientTransport().setOption(StandardSocketOptions.SO_SNDBUF, 4096);
                    pair.serverTransport().setOption(StandardSocketOptions.SO_RCVBUF, 4096);
                    SendFileException told = catchThrowableOfType(
                            SendFileException.class,
                            () -> on.loop.sendFile(pair.clientTransport(), channel, ALL.withMode(mode)));
                    assertThat(told).as(net + " " + mode).isNotNull();
                    assertThat(told.bytesSent()).isBetween(100L, content.length - 1L);
                    assertThat(channel.position()).isEqualTo(told.bytesSent());
                    assertThat(told.getCause()).isInstanceOf(IOException.class);
                    assertThat(pair.clientTransport().isClosing()).isTrue();
                    pair.end(on);
                });
            }
        }
    }

    @Proves(ports = {"test_unix_events.test_sock_sendfile_cancel1", "test_unix_events.test_sock_sendfile_cancel2"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aCancelledOneKnowsWhereItStoodAndTheConnectionGoesOnFromThere(Net net) throws Exception {
        Path path = file(net.amount());
        for (SendFileMode mode : new SendFileMode[] {SendFileMode.AUTO, SendFileMode.COPY}) {
            with(net, (on, pair) -> {
                pair.serverTransport().pauseReading();
                AtomicReference<SendFileCancelledException> told = new AtomicReference<>();
                Task<?> task = on.loop.createTask("sender", () -> {
                    try {
                        on.loop.sendFile(pair.clientTransport(), path, ALL.withMode(mode));
                    } catch (SendFileCancelledException cancelled) {
                        told.set(cancelled);
                        throw cancelled;
                    }
                });
                on.until("full", () -> isFull(on, pair));
                task.cancel();
                on.until("cancelled", task::isDone);
                long sent = told.get().bytesSent();
                assertThat(sent).isPositive().isLessThan(content.length);
                pair.serverTransport().resumeReading();
                pair.clientTransport().write("next".getBytes(US_ASCII));
                await(on, pair, (int) sent + 4);
                assertThat(pair.server().heard.bytes()).isEqualTo(joined(Arrays.copyOf(content, (int) sent), "next"));
                assertThat(pair.clientTransport().isReading()).isTrue();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFutureThatIsCancelledStopsItToo(Net net) throws Exception {
        Path path = file(net.amount());
        with(net, (on, pair) -> {
            pair.serverTransport().pauseReading();
            CompletableFuture<Long> sending = on.loop.sendFileAsync(pair.clientTransport(), path);
            on.until("full", () -> isFull(on, pair));
            long sent = ((SocketTransport) pair.clientTransport()).bytesOut();
            sending.cancel(true);
            pair.serverTransport().resumeReading();
            pair.clientTransport().write("next".getBytes(US_ASCII));
            await(on, pair, (int) sent + 4);
            assertThat(pair.server().heard.bytes()).isEqualTo(joined(Arrays.copyOf(content, (int) sent), "next"));
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void oneThatIsCancelledWhileTheFileIsOpenedLeavesNothingOpen(Net net) throws Exception {
        Path path = file(100);
        with(net, (on, pair) -> {
            CompletableFuture<Long> sending = on.loop.sendFileAsync(pair.clientTransport(), path);
            sending.cancel(true);
            pair.clientTransport().write("next".getBytes(US_ASCII));
            await(on, pair, 4);
            assertThat(pair.server().heard.text()).isEqualTo("next");
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFileThatIsCutMeanwhileEndsEarlier(Net net) throws Exception {
        Path path = file(net.amount());
        with(net, (on, pair) -> {
            pair.serverTransport().pauseReading();
            CompletableFuture<Long> sending = on.loop.sendFileAsync(pair.clientTransport(), path);
            on.until("full", () -> isFull(on, pair));
            long sent = ((SocketTransport) pair.clientTransport()).bytesOut();
            try (FileChannel cut = FileChannel.open(path, StandardOpenOption.WRITE)) {
                cut.truncate(sent + 1000);
            }
            pair.serverTransport().resumeReading();
            on.until("done", sending::isDone);
            // sendfile(2) has given pages to the socket, not bytes: those that were cut off arrive as zeros
            assertThat(sending.join()).isEqualTo(sent + 1000);
            await(on, pair, (int) sent + 1000);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFileThatBreaksLeavesTheConnectionAsItWas(Net net) throws Exception {
        Path path = file(net.amount());
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            with(net, (on, pair) -> {
                pair.serverTransport().pauseReading();
                CompletableFuture<Long> sending = FileTransfers.sendFileAsync(pair.clientTransport(), channel, ALL);
                on.until("full", () -> isFull(on, pair));
                channel.close();
                pair.serverTransport().resumeReading();
                on.until("told", sending::isDone);
                SendFileException told = failure(sending);
                assertThat(told).hasCauseInstanceOf(ClosedChannelException.class);
                pair.clientTransport().write("next".getBytes(US_ASCII));
                await(on, pair, (int) told.bytesSent() + 4);
                assertThat(pair.server().heard.bytes())
                        .isEqualTo(joined(Arrays.copyOf(content, (int) told.bytesSent()), "next"));
            });
        }
    }
}
