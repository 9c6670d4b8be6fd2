package dev.matryoshka.socket;

import static dev.matryoshka.socket.SocketPair.ascii;
import static dev.matryoshka.socket.SocketPair.recvExactly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.file.SendFileCancelledException;
import dev.matryoshka.file.SendFileException;
import dev.matryoshka.file.SendFileMode;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.loop.BusyException;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: sendFile on a socket is one call among others of its direction. Method: another task receives, or does not. */
@ExtendWith(LeakCheck.class)
@Proves({"sock_sendfile", "W9"})
class AsyncSocketFileTest {
    private static final SendFileOptions ALL = SendFileOptions.defaults();

    @TempDir
    Path directory;

    private byte[] content;

    private Path file(int byteCount) throws IOException {
        content = Bytes.numbered(byteCount);
        return Files.write(directory.resolve("file"), content);
    }

    private interface Body {
        void run(TestLoop on, SocketPair pair) throws Exception;
    }

    private static void with(Net net, Body body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    body.run(on, pair);
                }
            });
        }
    }

    @Proves(
            ports = {
                "test_sendfile.test_sock_sendfile_success",
                "test_sendfile.test_sock_sendfile_mix_with_regular_send"
            })
    @ParameterizedTest
    @EnumSource
    void aFileArrivesWholeBetweenOtherBytes(Net net) throws Exception {
        Path path = file(net.amount() / 5 + 1);
        for (SendFileMode mode : SendFileMode.values()) {
            with(net, (on, pair) -> {
                Task<byte[]> received = on.loop.createTask(() -> recvExactly(pair.server(), 6 + content.length + 5));
                pair.client().sendAll(ascii("before"));
                assertThat(pair.client().sendFile(path, ALL.withMode(mode))).isEqualTo(content.length);
                pair.client().sendAll(ascii("after"));
                byte[] all = received.await();
                assertThat(Arrays.copyOf(all, 6)).asString().isEqualTo("before");
                assertThat(Arrays.copyOfRange(all, 6, 6 + content.length)).isEqualTo(content);
                assertThat(Arrays.copyOfRange(all, 6 + content.length, all.length))
                        .asString()
                        .isEqualTo("after");
            });
        }
    }

    @Proves(
            ports = {
                "test_sendfile.test_sock_sendfile_with_offset_and_count",
                "test_sendfile.test_sock_sendfile_zero_size"
            })
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aChannelIsLeftBehindWhatWasSent(Net net) throws Exception {
        try (FileChannel channel = FileChannel.open(file(5000), StandardOpenOption.READ)) {
            with(net, (on, pair) -> {
                assertThat(pair.client().sendFile(channel, ALL.withOffset(1000).withByteCount(2000)))
                        .isEqualTo(2000);
                assertThat(channel.position()).isEqualTo(3000);
                assertThat(recvExactly(pair.server(), 2000)).isEqualTo(Arrays.copyOfRange(content, 1000, 3000));
                assertThat(pair.client().sendFile(channel, ALL.withOffset(5000)))
                        .isZero();
                assertThat(pair.client().sendFile(channel, ALL.withOffset(4999)))
                        .isEqualTo(1);
                assertThat(channel.position()).isEqualTo(5000);
                assertThat(recvExactly(pair.server(), 1)).isEqualTo(new byte[] {content[4999]});
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFileThatIsNotThereCostsNothing(Net net) throws Exception {
        with(net, (on, pair) -> {
            assertThatThrownBy(() -> pair.client().sendFile(directory.resolve("none")))
                    .isInstanceOf(NoSuchFileException.class);
            pair.client().sendAll(ascii("lives"));
            assertThat(recvExactly(pair.server(), 5)).asString().isEqualTo("lives");
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void nobodyElseSendsMeanwhileNotEvenWhileTheDiskIsWaitedFor(Net net) throws Exception {
        Path path = file(net.amount());
        with(net, (on, pair) -> {
            Task<Long> sending =
                    on.loop.createTask("sender", () -> pair.client().sendFile(path));
            on.passes(1);
            for (int i = 0; i < 20; i++) {
                assertThat(sending.isDone()).isFalse();
                assertThatThrownBy(() -> pair.client().sendAll(ascii("x"))).isInstanceOf(BusyException.class);
                assertThatThrownBy(() -> pair.client().sendFile(path)).isInstanceOf(BusyException.class);
                on.passes(1);
            }
            sending.cancel();
            on.until("cancelled", sending::isDone);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aCancelledOneKnowsWhereItStood(Net net) throws Exception {
        Path path = file(net.amount());
        for (SendFileMode mode : SendFileMode.values()) {
            with(net, (on, pair) -> {
                Task<SendFileCancelledException> task = on.loop.createTask(
                        "sender",
                        () -> catchThrowableOfType(
                                SendFileCancelledException.class,
                                () -> pair.client().sendFile(path, ALL.withMode(mode))));
                SystemCalls[] before = {on.calls()};
                on.until("stuck", () -> {
                    SystemCalls spent = on.calls().since(before[0]);
                    before[0] = on.calls();
                    try {
                        on.passes(5);
                    } catch (InterruptedException cancelled) {
                        throw new AssertionError(cancelled);
                    }
                    return before[0].sendFile + before[0].send > 0 && spent.sendFile + spent.send == 0;
                });
                task.cancel();
                on.until("cancelled", task::isDone);
                int sent = (int) task.await().bytesSent();
                assertThat(sent).isPositive().isLessThan(content.length);
                Task<byte[]> received = on.loop.createTask(() -> recvExactly(pair.server(), sent + 4));
                pair.client().sendAll(ascii("next"));
                byte[] all = received.await();
                assertThat(Arrays.copyOf(all, sent)).isEqualTo(Arrays.copyOf(content, sent));
                assertThat(Arrays.copyOfRange(all, sent, all.length)).asString().isEqualTo("next");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whoClosesOrResetsItTellsTheExactCount(Net net) throws Exception {
        Path path = file(net.amount());
        for (boolean here : new boolean[] {true, false}) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                with(net, (on, pair) -> {
                    Task<SendFileException> task = on.loop.createTask(
                            "sender",
                            () -> catchThrowableOfType(
                                    SendFileException.class, () -> pair.client().sendFile(channel, ALL)));
                    on.until("something was sent", () -> on.calls().sendFile + on.calls().send > 0);
                    on.passes(20);
                    if (here) {
                        pair.client().close();
                    } else {
                        pair.server().close();
                    }
                    on.until("told", task::isDone);
                    SendFileException told = task.await();
                    assertThat(told.bytesSent()).isPositive().isLessThan(content.length);
                    assertThat(channel.position()).isEqualTo(told.bytesSent());
                    assertThat(told.getCause()).isInstanceOf(here ? ClosedChannelException.class : IOException.class);
                });
            }
        }
    }

    @Test
    void aMebibyteOverEpollIsAFewCalls() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        Path path = file(1024 * 1024);
        with(Net.EPOLL, (on, pair) -> {
            Task<byte[]> received = on.loop.createTask(() -> recvExactly(pair.server(), content.length));
            SystemCalls before = on.calls();
            assertThat(pair.client().sendFile(path)).isEqualTo(content.length);
            SystemCalls spent = on.calls().since(before);
            assertThat(received.await()).isEqualTo(content);
            assertThat(spent.send + spent.sendGather).as("sends").isZero();
            assertThat(spent.sendFile).as("a pass each").isBetween(1L, 3L);
        });
    }
}
