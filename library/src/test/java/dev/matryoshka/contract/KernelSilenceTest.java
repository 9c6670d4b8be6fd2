package dev.matryoshka.contract;

import static dev.matryoshka.kernel.NonBlockingSocket.EOF;
import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Goal: nothing reaches a consumer which it no longer asked for, and nothing is told over and over. Method: {@link KernelContract}; where
 * the consumer's memory would hide the poller's answer, the poller is asked directly.
 */
class KernelSilenceTest extends KernelContract {
    private static final ByteBuffer ROOM = ByteBuffer.allocateDirect(1024);

    @Test
    void withoutInterestALevelTriggeredPollerIsSilentAndSpeaksAgainAfterwards() throws IOException {
        assumeTrue(which.levelTriggered(), () -> which + " is edge-triggered and has no interest");
        Pair pair = pair();
        driver.send(pair.client(), "unread");
        driver.until("readable", () -> pair.server().readable());
        kernel.poller().interest(pair.server().socket, 0);
        assertThat(reported(pair.server().token, 3)).isZero();
        kernel.poller().interest(pair.server().socket, READABLE);
        assertThat(reported(pair.server().token, 3)).isEqualTo(READABLE);
        assertThat(reported(pair.server().token, 3)).as("until it is collected").isEqualTo(READABLE);
        kernel.poller().interest(pair.server().socket, WRITABLE);
        assertThat(reported(pair.server().token, 3)).isEqualTo(WRITABLE);
        kernel.poller().interest(pair.server().socket, 0);
        assertThat(reported(pair.server().token, 3)).isZero();
        kernel.poller().interest(pair.server().socket, READABLE | WRITABLE);
        assertThat(reported(pair.server().token, 3)).isEqualTo(READABLE | WRITABLE);
    }

    @Test
    void withoutInterestAPeerThatGoesDoesNotMakeThePollerSpin() throws IOException {
        Pair pair = pair();
        pair.server().wanted = 0;
        pair.client().socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        driver.close(pair.client());
        int reports = 0;
        for (int i = 0; i < 50; i++) {
            reports += driver.poll(MOMENT_NANOS);
        }
        assertThat(reports).as("reports of one reset").isLessThan(5);
    }

    @Test
    void aSocketThatNobodyAsksOfIsNotReportedOverAndOver() throws IOException {
        Pair pair = pair();
        assertThat(pair.client().socket.trySend(ByteBuffer.allocate(100))).isEqualTo(100);
        driver.until("readable", () -> pair.server().readable());
        int reports = 0;
        for (int i = 0; i < 50; i++) {
            reports += driver.poll(MOMENT_NANOS); // nobody receives, but it is known and not asked for again
        }
        assertThat(reports).isLessThan(5);
    }

    @Test
    void afterDeregisterNothingIsReported() throws IOException {
        Pair pair = pair();
        driver.send(pair.client(), "in flight");
        kernel.poller().deregister(pair.server().socket);
        kernel.poller().deregister(pair.server().socket);
        assertThat(reported(pair.server().token, 5)).isZero();
        ByteBuffer room = ByteBuffer.allocate(9);
        driver.forget(pair.server());
        Watched again = driver.watch(pair.server().socket);
        driver.until("the bytes are still there", () -> again.receive(room) == 9);
    }

    @Test
    void deregisteringWhatWasNeverRegisteredDoesNothing() throws IOException {
        NonBlockingSocket stranger = open();
        kernel.poller().deregister(stranger);
        assertThat(stranger.isOpen()).isTrue();
    }

    @Test
    void aNewSocketWithTheNumberOfAnOldOneDoesNotHearOfIt() throws IOException {
        for (int i = 0; i < 8; i++) {
            Pair old = pair();
            driver.send(old.client(), "for the old one");
            driver.until("arrived", () -> old.server().readable());
            driver.send(old.client(), "and more");
            driver.close(old.server());
            Pair next = pair();
            long token = next.server().token;
            assertThat(reported(token, 3) & (READABLE | HANGUP | ERROR)).isZero();
            assertThat(reported(old.server().token, 1)).isZero();
            driver.close(old.client());
            driver.send(next.client(), "mine");
            assertThat(driver.receive(next.server(), 4)).asString().isEqualTo("mine");
            driver.close(next.server());
            driver.close(next.client());
        }
    }

    @Test
    void manySocketsClosedInOnePassDisturbNoOther() throws IOException {
        Watched listener = listener();
        Pair stays = pair(listener);
        List<Pair> go = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            go.add(pair(listener));
            driver.send(go.getLast().client(), "x");
        }
        driver.poll(MOMENT_NANOS);
        for (Pair pair : go) {
            driver.forget(pair.server());
            driver.forget(pair.client());
        }
        for (Pair pair : go) {
            pair.server().socket.close();
            pair.client().socket.close();
        }
        driver.send(stays.client(), "still here");
        assertThat(driver.receive(stays.server(), 10)).asString().isEqualTo("still here");
        assertThat(stays.server().socket.tryRecv(ROOM.clear())).isNotEqualTo(EOF);
    }
}
