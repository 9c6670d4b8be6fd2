package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: nothing that is put is lost, doubled or overtaken by what the same thread put later.
 *
 * <p>Method: the edges on one thread; then four producers on real threads. All interleavings of few puts are jcstress' part,
 * in the module concurrency-tests.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class InboxTest {
    @Test
    void anEmptyInboxAnswersNull() {
        Inbox<String> inbox = new Inbox<>();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(inbox.poll()).isNull();
    }

    @Test
    void entriesLeaveInTheOrderInWhichTheyCame() {
        Inbox<String> inbox = new Inbox<>();
        inbox.put("a");
        inbox.put("b");
        assertThat(inbox.isEmpty()).isFalse();
        assertThat(inbox.poll()).isEqualTo("a");
        inbox.put("c");
        assertThat(inbox.poll()).isEqualTo("b");
        assertThat(inbox.poll()).isEqualTo("c");
        assertThat(inbox.poll()).isNull();
        assertThat(inbox.isEmpty()).isTrue();
    }

    @Test
    void fourProducersLoseNothingAndKeepTheirOwnOrder() throws InterruptedException {
        int producers = 4;
        int each = 250_000;
        Inbox<int[]> inbox = new Inbox<>();
        CountDownLatch start = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int producer = 0; producer < producers; producer++) {
            int id = producer;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    start.await();
                } catch (InterruptedException stopped) {
                    return;
                }
                for (int i = 0; i < each; i++) {
                    inbox.put(new int[] {id, i});
                }
            }));
        }
        start.countDown();
        int[] next = new int[producers];
        for (int taken = 0; taken < producers * each; ) {
            int[] entry = inbox.poll();
            if (entry == null) {
                Thread.onSpinWait();
                continue;
            }
            assertThat(entry[1]).isEqualTo(next[entry[0]]++);
            taken++;
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(inbox.poll()).isNull();
        assertThat(inbox.isEmpty()).isTrue();
    }
}
