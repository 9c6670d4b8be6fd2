package dev.matryoshka.contract;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: the rules under "Portability" in {@link Poller}: what a consumer may rely on. Method: {@link KernelContract}; where the
 * consumer's memory would hide the poller's answer, the poller is asked directly.
 */
class KernelReadinessTest extends KernelContract {
    private static final ByteBuffer ROOM = ByteBuffer.allocateDirect(1024);

    // ---- what is reported -----------------------------------------------------------------------------------------

    @Test
    void bytesThatWereThereBeforeTheRegistrationAreReported() throws IOException {
        Pair pair = pair();
        driver.forget(pair.server());
        driver.send(pair.client(), "early");
        driver.poll(MOMENT_NANOS);
        Watched again = driver.watch(pair.server().socket);
        assertThat(driver.receive(again, 5)).asString().isEqualTo("early");
    }

    @Test
    void theEndOfStreamThatCameBeforeTheRegistrationIsReported() throws IOException {
        Pair pair = pair();
        driver.forget(pair.server());
        driver.close(pair.client());
        driver.poll(MOMENT_NANOS);
        driver.receiveEof(driver.watch(pair.server().socket));
    }

    @Test
    void aConnectionThatWaitedBeforeTheRegistrationIsReported() throws IOException {
        Watched listener = listener();
        driver.forget(listener);
        Watched client = driver.connect(open(), listener.socket.localAddress());
        Watched again = driver.watch(listener.socket);
        assertThat(driver.accept(again).socket.remoteAddress()).isEqualTo(client.socket.localAddress());
    }

    @Test
    void aFreshSocketMayBeWrittenBeforeAnyEvent() throws IOException {
        Pair pair = pair();
        assertThat(pair.server().reports).isZero();
        assertThat(pair.server().socket.trySend(ByteBuffer.allocate(10))).isEqualTo(10);
    }

    @Test
    void afterAShortReceiveWhatComesNextIsReportedAgain() throws IOException {
        Pair pair = pair();
        for (int i = 0; i < 20; i++) {
            driver.send(pair.client(), "message " + i);
            driver.until("readable", () -> pair.server().readable());
            assertThat(pair.server().receive(ROOM.clear())).isPositive();
            assertThat(pair.server().readable()).as("short is drained").isFalse();
        }
    }

    @Test
    void afterAFullReceiveTheRestIsThereWithoutAnotherEvent() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "abcdefgh");
        driver.until("readable", () -> pair.server().readable());
        for (int i = 0; i < 4; i++) {
            assertThat(pair.server().receive(ROOM.clear().limit(2))).isEqualTo(2);
            assertThat(pair.server().readable()).as("full is not drained").isTrue();
        }
    }

    @Test
    void anEndOfStreamThatComesTogetherWithBytesIsNoticed() throws IOException {
        for (int i = 0; i < 20; i++) {
            Pair pair = pair();
            driver.send(pair.client(), "all");
            pair.client().socket.shutdownOutput();
            driver.until("readable", () -> pair.server().readable());
            assertThat(pair.server().receive(ROOM.clear())).isEqualTo(3);
            driver.receiveEof(pair.server());
        }
    }

    @Test
    void anEndOfStreamThatComesRightAfterAShortReceiveIsNoticed() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "all");
        driver.until("readable", () -> pair.server().readable());
        assertThat(pair.server().receive(ROOM.clear())).isEqualTo(3);
        pair.client().socket.shutdownOutput();
        driver.receiveEof(pair.server());
    }

    @Test
    void anEndOfStreamIsNoticedWhileTheConsumerStillHasBytesToReceive() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "abcdef");
        driver.until("readable", () -> pair.server().readable());
        assertThat(pair.server().receive(ROOM.clear().limit(3))).isEqualTo(3);
        driver.close(pair.client());
        driver.poll(MOMENT_NANOS);
        assertThat(driver.receive(pair.server(), 100)).asString().isEqualTo("def");
        driver.receiveEof(pair.server());
    }

    @Test
    void aReceiverThatPausedIsToldWhatIsThereWhenItGoesOn() throws IOException {
        Pair pair = pair();
        pair.server().wanted = 0;
        driver.send(pair.client(), "meanwhile");
        driver.poll(MOMENT_NANOS);
        driver.poll(MOMENT_NANOS);
        pair.server().wanted = READABLE;
        assertThat(driver.receive(pair.server(), 9)).asString().isEqualTo("meanwhile");
    }

    @Test
    void onePollReportsManySocketsAndAnswersTheirNumber() throws IOException {
        List<Pair> pairs = new ArrayList<>();
        Watched listener = listener();
        for (int i = 0; i < 10; i++) {
            pairs.add(pair(listener));
            pairs.getLast().server().known = 0;
        }
        for (Pair pair : pairs) {
            driver.send(pair.client(), "x");
        }
        driver.until(
                "all ten", () -> pairs.stream().allMatch(pair -> pair.server().readable()));
        for (int i = 0; i < 10; i++) {
            int[] calls = {0};
            int answered = kernel.poller().poll(0, (token, readiness) -> calls[0]++);
            assertThat(answered).isEqualTo(calls[0]);
        }
    }

    @Test
    void theInterestThatWasSetWhileConnectingHoldsAfterwards() throws IOException {
        Watched listener = listener();
        NonBlockingSocket client = open();
        boolean done = client.tryConnect(listener.socket.localAddress());
        kernel.poller().register(client, 4_711);
        kernel.poller().interest(client, READABLE | WRITABLE);
        Watched server = driver.accept(listener);
        while (!done) {
            done = client.finishConnect();
        }
        driver.send(server, "hello");
        assertThat(reported(4_711, 5) & READABLE).isEqualTo(READABLE);
    }

    @Test
    void readinessHasOnlyTheBitsThatAreDefined() throws IOException {
        Pair pair = pair();
        int known = READABLE | WRITABLE | HANGUP | ERROR;
        kernel.poller().interest(pair.client().socket, READABLE | WRITABLE);
        pair.server().socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        driver.close(pair.server());
        int bits = reported(pair.client().token, 5);
        assertThat(bits & ~known).isZero();
        assertThat(bits & (READABLE | WRITABLE)).isNotZero();
    }

    // ---- listeners ------------------------------------------------------------------------------------------------

    @Test
    void aListenerIsReportedAtEachPollWhileAConnectionWaitsWhereThePollerSaysSo() throws IOException {
        assumeTrue(kernel.poller().repeatsListeners());
        Watched listener = listener();
        Watched client = driver.connect(open(), listener.socket.localAddress());
        for (int i = 0; i < 3; i++) {
            assertThat(reported(listener.token, 1) & READABLE).isEqualTo(READABLE);
        }
        kernel.poller().interest(listener.socket, 0);
        int[] reports = {0};
        for (int i = 0; i < 3; i++) {
            kernel.poller().poll(0, (token, bits) -> reports[0] += token == listener.token ? 1 : 0);
        }
        assertThat(reports[0]).as("out of the interest").isZero();
        kernel.poller().interest(listener.socket, READABLE);
        assertThat(driver.accept(listener).socket.remoteAddress()).isEqualTo(client.socket.localAddress());
    }

    @Test
    void whoIsDeregisteredToBeClosedIsReportedToNobody() throws IOException {
        Pair pair = pair();
        driver.forget(pair.server());
        kernel.poller().register(pair.server().socket, 4_711);
        driver.send(pair.client(), "late");
        kernel.poller().deregisterToClose(pair.server().socket);
        pair.server().socket.close();
        int[] reports = {0};
        for (int i = 0; i < 3; i++) {
            kernel.poller().poll(0, (token, bits) -> reports[0] += token == 4_711 ? 1 : 0);
        }
        assertThat(reports[0]).isZero();
    }

    // ---- tokens ---------------------------------------------------------------------------------------------------

    @Test
    void tokensComeBackWithAllTheirBits() throws IOException {
        long[] tokens = {0, 1, Long.MIN_VALUE, Long.MAX_VALUE, -2, 0x1234_5678_9ABC_DEF0L, 0xFFFF_FFFFL, 1L << 32};
        Watched listener = listener();
        for (long token : tokens) {
            Pair pair = pair(listener);
            driver.forget(pair.server());
            Watched watched = driver.watch(pair.server().socket, token);
            driver.send(pair.client(), "t");
            assertThat(driver.receive(watched, 1)).as(Long.toHexString(token)).hasSize(1);
            driver.close(watched);
            driver.close(pair.client());
        }
    }

    @Test
    void aSocketCanBeRegisteredAgainUnderAnotherToken() throws IOException {
        Pair pair = pair();
        for (int i = 0; i < 3; i++) {
            driver.forget(pair.server());
            Watched again = driver.watch(pair.server().socket, 1_000 + i);
            driver.send(pair.client(), "again");
            assertThat(driver.receive(again, 5)).hasSize(5);
            driver.forget(again);
            driver.watch(pair.server().socket, pair.server().token);
        }
    }

    @Test
    void aSocketIsRegisteredOnce() throws IOException {
        Pair pair = pair();
        assertThatThrownBy(() -> kernel.poller().register(pair.server().socket, 99))
                .isInstanceOf(IllegalStateException.class);
        driver.send(pair.client(), "same token");
        assertThat(driver.receive(pair.server(), 10)).hasSize(10);
    }
}
