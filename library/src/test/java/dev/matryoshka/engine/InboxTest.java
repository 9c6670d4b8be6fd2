package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.regression.ForkedJvm;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
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
        Inbox inbox = new Inbox();
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(inbox.poll()).isNull();
    }

    @Test
    void entriesLeaveInTheOrderInWhichTheyCame() {
        Inbox inbox = new Inbox();
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
    void entriesOfSeveralChunksLeaveInOrderWhereverTheTakerStands() {
        for (int ahead : new int[] {0, 1, InboxChunk.PLACES - 1, InboxChunk.PLACES, InboxChunk.PLACES + 1}) {
            Inbox inbox = new Inbox();
            int count = 5 * InboxChunk.PLACES;
            for (int i = 0; i < ahead; i++) {
                inbox.put(i);
            }
            for (int i = 0; i < count; i++) {
                inbox.put(i + ahead);
                assertThat(inbox.size()).isEqualTo(ahead + 1);
                assertThat(inbox.isEmpty()).isFalse();
                assertThat(inbox.poll()).isEqualTo(i);
            }
            for (int i = 0; i < ahead; i++) {
                assertThat(inbox.poll()).isEqualTo(count + i);
            }
            assertThat(inbox.size()).isZero();
            assertThat(inbox.isEmpty()).isTrue();
            assertThat(inbox.poll()).isNull();
        }
    }

    @Test
    void anEntryThatWasTakenIsNotKept() {
        Inbox inbox = new Inbox();
        WeakReference<Object> entry = new WeakReference<>(new Object());
        inbox.put(Objects.requireNonNull(entry.get()));
        inbox.poll();
        for (int i = 0; i < 10 && entry.get() != null; i++) {
            System.gc();
        }
        assertThat(entry.get()).isNull();
        assertThat(inbox.isEmpty()).isTrue();
    }

    @Test
    void aChunkThatWasEmptiedKeepsNoneOfThoseAfterIt() {
        Inbox inbox = new Inbox();
        InboxChunk first = inbox.oldest;
        for (int i = 0; i <= InboxChunk.PLACES; i++) {
            inbox.put(i);
        }
        for (int i = 0; i <= InboxChunk.PLACES; i++) {
            assertThat(inbox.poll()).isEqualTo(i);
        }
        assertThat(inbox.oldest).isNotSameAs(first);
        assertThat(first.successor()).isSameAs(InboxChunk.GONE);
    }

    @Test
    void aProducerThatStillHoldsAChunkWhichTheTakerHasLeftFindsTheNewest() {
        Inbox inbox = new Inbox();
        InboxChunk first = inbox.oldest;
        for (int i = 0; i <= InboxChunk.PLACES; i++) {
            inbox.put(i);
            inbox.poll();
        }
        assertThat(first.claim()).as("it is full").isGreaterThanOrEqualTo(InboxChunk.PLACES);
        inbox.put("late");
        assertThat(inbox.poll()).isEqualTo("late");
    }

    @Test
    void fourProducersLoseNothingAndKeepTheirOwnOrder() throws InterruptedException {
        int producers = 4;
        int each = 250_000;
        Inbox inbox = new Inbox();
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
            int[] entry = (int[]) inbox.poll();
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

    // ---- at the end of a stack ------------------------------------------------------------------------------------

    /**
     * Between the claim and the store there are calls, and each of them may find no stack. In a JVM of its own: a class whose
     * initialisation finds no stack is lost to its JVM for ever, and a coverage agent puts calls of its own into each line.
     */
    @Test
    void aPosterWhoseStackEndsLeavesNoHole() throws Exception {
        assertThat(ForkedJvm.run(Dives.class)).contains("passed every place, lost 0");
    }

    static final class Dives {
        private static final int STACK_BYTES = 180_000;

        private Dives() {}

        public static void main(String[] arguments) throws InterruptedException {
            Inbox inbox = new Inbox();
            inbox.put("first");
            int[] put = {1};
            Thread poster = new Thread(
                    null,
                    () -> {
                        for (int i = 0; i < 2_000; i++) {
                            shifted(inbox, put, i % 13, i, i, i);
                        }
                    },
                    "poster",
                    STACK_BYTES);
            poster.start();
            poster.join();
            int taken = 0;
            for (Object entry; (entry = inbox.poll()) != null; ) {
                taken += entry == MailHandle.CANCELLED ? 0 : 1;
            }
            System.out.println((inbox.isEmpty() ? "passed every place" : "stuck") + ", lost " + (put[0] - taken));
        }

        /** So that the stack ends at another distance from its frames each time. */
        private static long shifted(Inbox inbox, int[] put, int frames, long a, long b, long c) {
            if (frames > 0) {
                return shifted(inbox, put, frames - 1, b, c, a) + a;
            }
            dive(inbox, put, new boolean[1]);
            return a + b + c;
        }

        private static void dive(Inbox inbox, int[] put, boolean[] done) {
            try {
                dive(inbox, put, done);
            } catch (StackOverflowError deep) {
                // the frame before has a little more
            }
            if (!done[0]) {
                inbox.put("it");
                put[0]++;
                done[0] = true;
            }
        }
    }
}
