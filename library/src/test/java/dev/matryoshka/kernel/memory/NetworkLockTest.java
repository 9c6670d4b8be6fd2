package dev.matryoshka.kernel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Goal: one at a time, and no call out of a critical section. Method: two kinds of threads that count. */
@Timeout(20)
class NetworkLockTest {
    private final NetworkLock lock = new NetworkLock();

    /** Guarded by the lock, and plain on purpose. */
    private int count;

    @Test
    void onlyOneIsInside() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread.Builder builder = i % 2 == 0 ? Thread.ofPlatform().daemon() : Thread.ofVirtual();
            threads.add(builder.start(() -> {
                for (int k = 0; k < 10_000; k++) {
                    try (var _ = lock.hold()) {
                        count++;
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(count).isEqualTo(40_000);
    }

    @Test
    void aSecondHoldOfTheOwnerFailsInsteadOfSpinningForEver() {
        try (var _ = lock.hold()) {
            assertThatThrownBy(lock::hold).isInstanceOf(IllegalStateException.class);
        }
    }
}
