package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Goal: the ring is a queue, also across its growth, its wrap-around and its shrinking.
 *
 * <p>Method: single cases at the edges, then random operations beside an ArrayDeque.
 */
class ReadyQueueTest {
    private final ReadyQueue<Integer> queue = new ReadyQueue<>();

    @Test
    void anEmptyQueueAnswersNull() {
        assertThat(queue.poll()).isNull();
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.size()).isZero();
    }

    @Test
    void entriesLeaveInTheOrderInWhichTheyCame() {
        for (int i = 0; i < 1_000; i++) {
            queue.add(i);
        }
        assertThat(queue.size()).isEqualTo(1_000);
        for (int i = 0; i < 1_000; i++) {
            assertThat(queue.poll()).isEqualTo(i);
        }
        assertThat(queue.poll()).isNull();
    }

    @Test
    void aQueueThatWrapsAroundWhileItGrowsKeepsItsOrder() {
        for (int i = 0; i < 40; i++) {
            queue.add(-1);
            queue.poll();
        }
        for (int i = 0; i < 200; i++) {
            queue.add(i);
        }
        for (int i = 0; i < 200; i++) {
            assertThat(queue.poll()).isEqualTo(i);
        }
    }

    @Test
    void aQueueThatHeldABurstWorksAfterItLetGoOfItsMemory() {
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 100_000; i++) {
                queue.add(i);
            }
            for (int i = 0; i < 100_000; i++) {
                assertThat(queue.poll()).isEqualTo(i);
            }
            assertThat(queue.isEmpty()).isTrue();
        }
    }

    @Test
    void clearForgetsEverything() {
        queue.add(1);
        queue.add(2);
        queue.clear();
        assertThat(queue.poll()).isNull();
        queue.add(3);
        assertThat(queue.poll()).isEqualTo(3);
    }

    @Test
    void randomOperationsAgreeWithAnArrayDeque() {
        Random random = new Random(1);
        ArrayDeque<Integer> model = new ArrayDeque<>();
        for (int i = 0; i < 200_000; i++) {
            boolean mostlyAdds = (i / 20_000) % 2 == 0;
            if (random.nextInt(10) < (mostlyAdds ? 7 : 3)) {
                queue.add(i);
                model.add(i);
            } else {
                assertThat(queue.poll()).isEqualTo(model.poll());
            }
            assertThat(queue.size()).isEqualTo(model.size());
        }
    }
}
