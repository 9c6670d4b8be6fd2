package dev.matryoshka.kernel.epoll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.posix.Libc;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: a ring that races with the close never writes to a descriptor that is somebody else's by then. Method: a ringer is
 * held just before its write, the bell is closed, and an eventfd is opened that takes the number if it is free; its
 * counter tells whether it was hit. A twin that does not count its ringers must be caught by this.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BellTest {
    private static final int ATTEMPTS = 100;

    private final EpollLibc libc = new EpollLibc(Arena.ofAuto());

    /** Stops one ringer where it hurts most. */
    private static class HeldBell extends Bell {
        final CountDownLatch arrived = new CountDownLatch(1);
        final CountDownLatch released = new CountDownLatch(1);

        HeldBell(int eventfd) {
            super(eventfd, new SystemCalls());
        }

        @Override
        void strike() {
            arrived.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            super.strike();
        }
    }

    /** Looks whether it is closed, and then writes: the descriptor may change hands between the two. */
    private static final class BrokenTwin extends HeldBell {
        private volatile boolean closed;

        BrokenTwin(int eventfd) {
            super(eventfd);
        }

        @Override
        void ring() {
            if (!closed) {
                strike();
            }
        }

        @Override
        void close() {
            closed = true;
            Libc.close(eventfd);
        }
    }

    @Test
    void aRingNeverReachesTheNextOwnerOfTheDescriptor() throws Exception {
        for (int i = 0; i < ATTEMPTS; i++) {
            HeldBell bell = new HeldBell(libc.eventfd());
            assertThat(ringsThatHitTheNextOwner(bell)).isZero();
        }
    }

    @Test
    void theLastRingerClosesTheDescriptor() throws Exception {
        HeldBell bell = new HeldBell(libc.eventfd());
        Thread ringer = Thread.ofPlatform().start(bell::ring);
        bell.arrived.await();
        bell.close();
        assertThat(isOpen(bell.eventfd)).isTrue();
        bell.released.countDown();
        ringer.join();
        assertThat(isOpen(bell.eventfd)).isFalse();
    }

    @Test
    void aRingThatFailsIsOverAsAnyOther() {
        Bell bell = new Bell(libc.eventfd(), new SystemCalls()) {
            @Override
            void strike() {
                throw new StackOverflowError("of the poster");
            }
        };
        assertThatThrownBy(bell::ring).isInstanceOf(StackOverflowError.class);
        bell.close();
        assertThat(isOpen(bell.eventfd)).isFalse();
    }

    @Test
    void theTwinThatDoesNotCountItsRingersIsCaught() throws Exception {
        long hits = 0;
        // more than one attempt, because another thread of this JVM may take the number first
        for (int i = 0; i < ATTEMPTS && hits == 0; i++) {
            hits = ringsThatHitTheNextOwner(new BrokenTwin(libc.eventfd()));
        }
        assertThat(hits).isOne();
    }

    private long ringsThatHitTheNextOwner(HeldBell bell) throws Exception {
        Thread ringer = Thread.ofPlatform().start(bell::ring);
        bell.arrived.await();
        bell.close();
        int next = libc.eventfd();
        bell.released.countDown();
        ringer.join();
        long hits = counter(next);
        Libc.close(next);
        return hits;
    }

    @Test
    void closeIsIdempotentAndRingingAfterItIsNothing() throws IOException {
        SystemCalls calls = new SystemCalls();
        Bell bell = new Bell(libc.eventfd(), calls);
        bell.ring();
        assertThat(counter(bell.eventfd)).isOne();
        bell.close();
        bell.close();
        bell.ring();
        assertThat(calls.wakeup).isOne();
    }

    @Test
    void ringsOfManyThreadsAreAllCounted() throws Exception {
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
        assertThat(calls.wakeup).isEqualTo(20_000).isEqualTo(counter(bell.eventfd));
        bell.close();
    }

    /** Whether the number is still an eventfd's; anything else may have taken it. */
    private static boolean isOpen(int eventfd) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + eventfd))
                    .toString()
                    .equals("anon_inode:[eventfd]");
        } catch (IOException e) {
            return false;
        }
    }

    /** proc(5), /proc/pid/fdinfo: what a read would return. */
    private static long counter(int eventfd) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + eventfd))) {
            if (line.startsWith("eventfd-count:")) {
                return Long.parseLong(line.substring(line.indexOf(':') + 1).strip(), 16);
            }
        }
        throw new AssertionError("not an eventfd: " + eventfd);
    }
}
