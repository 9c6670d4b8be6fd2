package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.engine.LoopRig;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A poster whose stack ended between the claim of its place and the store into it left a hole in the inbox: the loop waited there for
 * ever, at full speed, and all later mail behind it. Between the decision to ring and the bell, the loop slept through all later mail.
 *
 * <p>Method: a recursion without an end posts on its way back, from each frame, so that somewhere the stack ends in each line of a
 * post; after that the loop must hear a post as before. On the build with the fault the 23rd dive was enough, for the bell; the hole
 * shows in InboxTest, which dives more often.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PostAtTheEndOfTheStackTest {
    private static final int DIVES = 200;
    private static final int STACK_BYTES = 180_000;

    private static final Runnable NOTHING = () -> {};

    private int overflows;
    private int posted;

    @Test
    void theLoopHearsWhatIsPostedAfterAPostThatOverflowed() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            CountDownLatch heard = new CountDownLatch(DIVES);
            Thread poster = new Thread(null, () -> dives(rig, heard), "poster", STACK_BYTES);
            poster.setDaemon(true);
            Thread judge = Thread.ofPlatform().daemon().start(() -> stopOnceHeard(rig, heard));
            poster.start();
            rig.loop.runForever();
            judge.join();
            assertThat(heard.getCount())
                    .as("dives after which the loop was deaf")
                    .isZero();
            assertThat(overflows).as("posts and frames that found no stack").isGreaterThan(DIVES);
        }
    }

    /** The first post is heard before the first dive: a class whose initialisation finds no stack is lost to its JVM for ever. */
    private void dives(LoopRig rig, CountDownLatch heard) {
        for (int i = 0; i < DIVES; i++) {
            if (i > 0) {
                posted = 0;
                dive(rig);
            }
            CountDownLatch here = new CountDownLatch(1);
            rig.loop.callSoonThreadsafe(() -> {
                heard.countDown();
                here.countDown();
            });
            try {
                here.await();
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Each frame on the way back has a little more stack for its post than the one before. */
    private void dive(LoopRig rig) {
        try {
            dive(rig);
        } catch (StackOverflowError deep) {
            overflows++;
        }
        if (posted < 3) {
            rig.loop.callSoonThreadsafe(NOTHING);
            posted++;
        }
    }

    private static void stopOnceHeard(LoopRig rig, CountDownLatch heard) {
        try {
            heard.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        rig.loop.stop();
    }
}
