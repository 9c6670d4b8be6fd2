package dev.matryoshka.kernel.epoll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.posix.Libc;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/**
 * Goal: a ring that races with the close never writes to a descriptor that is somebody else's by then. Method: rounds of a
 * ringing thread against a close after which the number is taken again at once, by an eventfd whose counter would tell; and a
 * twin without the count of ringers, which must be caught.
 */
class BellTest {
    private static final int ROUNDS = 3_000;
    private static final int TWIN_ROUNDS = 1_000_000;

    private final EpollLibc libc = new EpollLibc(Arena.ofAuto());

    /** What both twins can do. */
    private record Twin(Runnable ring, Runnable close) {
        static Twin counted(int eventfd) {
            Bell bell = new Bell(eventfd, new SystemCalls());
            return new Twin(bell::ring, bell::close);
        }

        /** Looks whether it is closed, and then writes: the descriptor may change hands between the two. */
        static Twin broken(int eventfd) {
            AtomicReference<Boolean> closed = new AtomicReference<>(false);
            Runnable ring = () -> {
                if (!closed.get()) {
                    EpollLibc.ring(eventfd);
                }
            };
            Runnable close = () -> {
                closed.set(true);
                Libc.close(eventfd);
            };
            return new Twin(ring, close);
        }
    }

    @Test
    void aRingNeverReachesTheNextOwnerOfTheDescriptor() throws Exception {
        assertThat(roundsUntilMisdirected(Twin::counted, ROUNDS)).isEqualTo(ROUNDS);
    }

    @Test
    void theTwinThatDoesNotCountItsRingersIsCaught() throws Exception {
        assertThat(roundsUntilMisdirected(Twin::broken, TWIN_ROUNDS)).isLessThan(TWIN_ROUNDS);
    }

    private int roundsUntilMisdirected(IntFunction<Twin> maker, int rounds) throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        AtomicReference<Twin> current = new AtomicReference<>();
        AtomicReference<Boolean> over = new AtomicReference<>(false);
        Thread ringer = Thread.ofPlatform().start(() -> ringEachRound(start, current, over));
        try {
            for (int round = 0; round < rounds; round++) {
                int eventfd = libc.eventfd();
                Twin twin = maker.apply(eventfd);
                current.set(twin);
                start.await();
                twin.close.run();
                int next = libc.eventfd();
                start.await();
                long misdirected = next == eventfd ? counter(next) : 0;
                Libc.close(next);
                if (misdirected > 0) {
                    return round;
                }
            }
            return rounds;
        } finally {
            over.set(true);
            start.await();
            ringer.join();
        }
    }

    private static void ringEachRound(
            CyclicBarrier start, AtomicReference<Twin> current, AtomicReference<Boolean> over) {
        try {
            start.await();
            while (!over.get()) {
                for (int i = 0; i < 20; i++) {
                    current.get().ring.run();
                }
                start.await();
                start.await();
            }
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new AssertionError(e);
        }
    }

    /** proc(5), /proc/pid/fdinfo. */
    private static long counter(int eventfd) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + eventfd))) {
            if (line.startsWith("eventfd-count:")) {
                return Long.parseLong(line.substring(line.indexOf(':') + 1).strip(), 16);
            }
        }
        throw new AssertionError("not an eventfd: " + eventfd);
    }

    @Test
    void closeIsIdempotentAndRingingAfterItIsNothing() throws IOException {
        SystemCalls calls = new SystemCalls();
        int eventfd = libc.eventfd();
        Bell bell = new Bell(eventfd, calls);
        bell.ring();
        assertThat(counter(eventfd)).isEqualTo(1);
        bell.close();
        bell.close();
        bell.ring();
        assertThat(calls.wakeup).isEqualTo(1);
        assertThat(Path.of("/proc/self/fd/" + eventfd)).doesNotExist();
    }

    @Test
    void ringsOfManyThreadsAreAllCounted() throws InterruptedException {
        SystemCalls calls = new SystemCalls();
        Bell bell = new Bell(libc.eventfd(), calls);
        Thread[] ringers = new Thread[4];
        for (int i = 0; i < ringers.length; i++) {
            ringers[i] = Thread.ofPlatform().start(() -> {
                for (int ring = 0; ring < 5_000; ring++) {
                    bell.ring();
                }
            });
        }
        for (Thread ringer : ringers) {
            ringer.join();
        }
        bell.close();
        assertThat(calls.wakeup).isEqualTo(20_000);
    }
}
