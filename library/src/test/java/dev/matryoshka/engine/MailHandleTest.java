package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Handle;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: of the run of a posted callback and its cancel exactly one wins, the handle says which, and holds nothing of it.
 *
 * <p>Method: each order of the two, with the cancel on the loop and elsewhere, also for callbacks that were moved because another one
 * parked; then both at once on two threads. The exhaustive version of that race stands in the module concurrency-tests, the end of a
 * loop in {@link LoopCloseRaceTest}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MailHandleTest {
    private static final int ROUNDS = 20_000;

    private final List<String> log = new ArrayList<>();

    private static void elsewhere(Runnable deed) throws InterruptedException {
        Thread.ofPlatform().start(deed).join();
    }

    /** Its name is seen in what is told. */
    private Runnable named(String name) {
        return new Runnable() {
            @Override
            public void run() {
                log.add(name);
            }

            @Override
            public String toString() {
                return name;
            }
        };
    }

    // ---- run and cancel, one after the other ----------------------------------------------------------------------

    @Proves(value = "call_soon_threadsafe", ports = "test_base_events.test__add_callback_cancelled_handle")
    @Test
    void aPostThatIsCancelledBeforeItsRunDoesNotRunWhoeverCancels() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Handle first = rig.loop.callSoonThreadsafe(named("first"));
            Handle second = rig.loop.callSoonThreadsafe(named("second"));
            Handle third = rig.loop.callSoonThreadsafe(named("third"));
            first.cancel();
            elsewhere(second::cancel);
            assertThat(first.isCancelled()).isTrue();
            assertThat(second.isCancelled()).isTrue();
            assertThat(third.isCancelled()).isFalse();
            rig.passes(1);
            assertThat(log).containsExactly("third");
            assertThat(first.isCancelled()).as("for good").isTrue();
            assertThat(second.isCancelled()).as("for good").isTrue();
        }
    }

    @Test
    void aPostThatAnEarlierOneOfTheSamePassCancelsDoesNotRun() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Handle[] victim = new Handle[1];
            rig.loop.callSoonThreadsafe(() -> victim[0].cancel());
            victim[0] = rig.loop.callSoonThreadsafe(named("victim"));
            rig.passes(1);
            assertThat(log).isEmpty();
            assertThat(victim[0].isCancelled()).isTrue();
        }
    }

    @Test
    void aCancelDoesNotLetALaterPostIntoThePass() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            rig.loop.callSoonThreadsafe(named("cancelled")).cancel();
            rig.loop.callSoonThreadsafe(() -> rig.loop.callSoonThreadsafe(named("next pass")));
            rig.passes(1);
            assertThat(log).isEmpty();
            rig.passes(1);
            assertThat(log).containsExactly("next pass");
        }
    }

    @Test
    void aCancelDuringOrAfterTheRunHasNoEffect() throws Exception {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Handle[] self = new Handle[1];
            self[0] = rig.loop.callSoonThreadsafe(() -> {
                self[0].cancel();
                log.add("ran, cancelled: " + self[0].isCancelled());
            });
            rig.passes(1);
            self[0].cancel();
            elsewhere(self[0]::cancel);
            assertThat(self[0].isCancelled()).isFalse();
            rig.passes(1);
            assertThat(log).containsExactly("ran, cancelled: false");
        }
    }

    @Test
    void onlyTheFirstCancelIsTheReason() {
        MailHandle handle = new Inbox().put(named("it"));
        assertThat(tryCancel(handle)).isTrue();
        assertThat(tryCancel(handle)).isFalse();
    }

    // ---- moved ----------------------------------------------------------------------------------------------------

    @Test
    void postsThatMovedBecauseACallbackParkedAreCancelledAsAnyOther() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            CountDownLatch resumed = new CountDownLatch(1);
            CountDownLatch moved = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            rig.loop.callSoonThreadsafe(() -> {
                await(over);
                log.add("parked");
            });
            Handle byTask = rig.loop.callSoonThreadsafe(named("cancelled by a task"));
            Handle byThread = rig.loop.callSoonThreadsafe(named("cancelled by a thread"));
            Handle none = rig.loop.callSoonThreadsafe(named("alive"));
            Handle failing = rig.loop.callSoonThreadsafe(() -> {
                throw new IllegalStateException("moved and failed");
            });
            rig.loop.callSoonThreadsafe(rig.loop::stop);
            Task<Integer> task = Task.create(rig.loop, "watcher", () -> {
                resumed.await();
                int waiting = rig.engine.load().callbacks();
                byTask.cancel();
                moved.countDown();
                return waiting;
            });
            Thread other = Thread.ofPlatform().start(() -> {
                while (task.thread().getState() != Thread.State.WAITING) {
                    Thread.yield();
                }
                resumed.countDown(); // lies behind the posts, so that it goes on when they have moved
                await(moved);
                byThread.cancel();
                over.countDown();
            });
            rig.loop.runForever();
            other.join();
            assertThat(task.get()).as("they have moved").isEqualTo(5);
            assertThat(log).containsExactly("parked", "alive");
            assertThat(byTask.isCancelled()).isTrue();
            assertThat(byThread.isCancelled()).isTrue();
            none.cancel();
            assertThat(none.isCancelled()).as("it has run").isFalse();
            assertThat(rig.reported())
                    .singleElement()
                    .satisfies(context -> assertThat(context.details()).containsEntry("handle", failing));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    // ---- what it holds, and what it tells -------------------------------------------------------------------------

    @Test
    void aHandleHoldsNothingOfACallbackThatRanOrWasCancelled() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            WeakReference<Runnable> ran = new WeakReference<>(named("ran"));
            WeakReference<Runnable> cancelled = new WeakReference<>(named("cancelled"));
            Handle first = rig.loop.callSoonThreadsafe(Objects.requireNonNull(ran.get()));
            Handle second = rig.loop.callSoonThreadsafe(Objects.requireNonNull(cancelled.get()));
            second.cancel();
            rig.passes(1);
            assertThat(log).containsExactly("ran");
            assertThat(isGone(ran)).isTrue();
            assertThat(isGone(cancelled)).isTrue();
            assertThat(first.isCancelled()).isFalse();
            assertThat(second.isCancelled()).isTrue();
        }
    }

    @Test
    void aReportThatIsKeptHoldsNothingOfItEither() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            WeakReference<Runnable> failing = new WeakReference<>(failing());
            rig.loop.callSoonThreadsafe(Objects.requireNonNull(failing.get()));
            rig.passes(1);
            List<ExceptionContext> reported = rig.reported();
            assertThat(isGone(failing)).isTrue();
            assertThat(reported).hasSize(1);
        }
    }

    private static boolean isGone(WeakReference<?> reference) {
        for (int i = 0; i < 10 && reference.get() != null; i++) {
            System.gc();
        }
        return reference.get() == null;
    }

    /** Its exception knows nothing of it. */
    private static Runnable failing() {
        return new Runnable() {
            @Override
            public void run() {
                throw new IllegalStateException("it failed");
            }

            @Override
            public String toString() {
                return "the failing one";
            }
        };
    }

    @Test
    void whatEscapesIsReportedWithAHandleThatEqualsThePostersAndNamesTheCallback() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            List<ExceptionContext> contexts = new ArrayList<>();
            rig.loop.setExceptionHandler((loop, context) -> {
                contexts.add(context);
                log.add(context.describe());
            });
            Handle before = rig.loop.callSoonThreadsafe(named("ran"));
            Handle handle = rig.loop.callSoonThreadsafe(failing());
            Handle after = rig.loop.callSoonThreadsafe(named("ran too"));
            rig.passes(1);
            assertThat(log).containsExactly("ran", "Exception in callback; handle=Handle[the failing one]", "ran too");
            assertThat(contexts).singleElement().satisfies(context -> {
                assertThat(context.exception()).hasMessage("it failed");
                Object told = Objects.requireNonNull(context.details().get("handle"));
                assertThat(told).isEqualTo(handle).hasSameHashCodeAs(handle);
                assertThat(told).isNotEqualTo(before).isNotEqualTo(after);
            });
        }
    }

    @Test
    void aHandleNamesItsCallbackWhileItWaits() {
        Inbox inbox = new Inbox();
        MailHandle waiting = inbox.put(named("the named one"));
        MailHandle cancelled = inbox.put(named("the named one"));
        cancelled.cancel();
        assertThat(waiting).hasToString("Handle[the named one]");
        assertThat(cancelled).hasToString("Handle[cancelled]");
        inbox.poll();
        assertThat(waiting.toString()).doesNotContain("the named one");
    }

    // ---- at and after the end
    // --------------------------------------------------------------------------------------------

    @Test
    void fromTheShutDoorOnPostsMoveBeforeTheyRunSoThatWhoTakesOneBackHasIt() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Inbox inbox = new Inbox();
            ReadyQueue<Handle> ready = new ReadyQueue<>();
            MailTurn mail = new MailTurn(inbox, ready, rig.engine.carrier(), rig.engine.reporter(), rig.kernel.clock());
            inbox.put(named("in time"));
            mail.moveLast();
            inbox.put(named("late"));
            MailHandle takenBack = inbox.put(named("taken back"));
            mail.begin();
            assertThat(mail.run()).as("none from where it lies").isZero();
            assertThat(mail.isBusy()).isFalse();
            assertThat(tryCancel(takenBack)).isTrue();
            for (Handle next; (next = ready.poll()) != null; ) {
                mail.run((MailHandle) next);
            }
            assertThat(log).containsExactly("in time", "late");
        }
    }

    @Test
    void whatAClosedLoopDropsIsLetGoAndItsPosterCanStillTakeItBack() {
        LoopRig rig = LoopRig.onVirtualTime();
        rig.close();
        Inbox inbox = new Inbox();
        WeakReference<Runnable> late = new WeakReference<>(named("late"));
        MailHandle first = inbox.put(Objects.requireNonNull(late.get()));
        MailHandle second = inbox.put(named("cancelled"));
        CountDownLatch carried = new CountDownLatch(1);
        inbox.put(new ThreadMail(carried::countDown));
        second.cancel();
        rig.engine.carrier().rescue(inbox);
        await(carried);
        assertThat(inbox.isEmpty()).isTrue();
        assertThat(isGone(late)).isTrue();
        assertThat(first.isCancelled()).isFalse();
        assertThat(tryCancel(first)).as("its poster is told").isTrue();
        assertThat(first.isCancelled()).isTrue();
        assertThat(second.isCancelled()).isTrue();
        assertThat(log).isEmpty();
    }

    // ---- both at once ---------------------------------------------------------------------------------------------

    @Test
    void runAndCancelAtOnceLetExactlyOneWin() throws Exception {
        Inbox inbox = new Inbox();
        int[] ran = new int[ROUNDS];
        MailHandle[] handles = put(inbox, ran);
        AtomicInteger runner = new AtomicInteger(-1);
        AtomicInteger canceller = new AtomicInteger(-1);
        Thread other = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                meet(canceller, runner, i);
                handles[i].cancel();
            }
        });
        for (int i = 0; i < ROUNDS; i++) {
            meet(runner, canceller, i);
            run(inbox.poll());
        }
        other.join();
        for (int i = 0; i < ROUNDS; i++) {
            assertThat(ran[i]).as("round %d", i).isEqualTo(handles[i].isCancelled() ? 0 : 1);
        }
    }

    @Test
    void takeAndCancelAtOnceLetWhoCancelsKnowAtOnce() throws Exception {
        Inbox inbox = new Inbox();
        int[] ran = new int[ROUNDS];
        boolean[] cancelled = new boolean[ROUNDS];
        MailHandle[] handles = put(inbox, ran);
        AtomicInteger runner = new AtomicInteger(-1);
        AtomicInteger canceller = new AtomicInteger(-1);
        Thread other = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                meet(canceller, runner, i);
                cancelled[i] = tryCancel(handles[i]);
            }
        });
        for (int i = 0; i < ROUNDS; i++) {
            meet(runner, canceller, i);
            inbox.peek();
            run(inbox.pass().take());
        }
        other.join();
        for (int i = 0; i < ROUNDS; i++) {
            assertThat(ran[i]).as("round %d", i).isEqualTo(cancelled[i] ? 0 : 1);
            assertThat(handles[i].isCancelled()).isEqualTo(cancelled[i]);
        }
    }

    private static boolean tryCancel(MailHandle handle) {
        return MailHandle.tryCancel(handle.places, handle.place);
    }

    private static MailHandle[] put(Inbox inbox, int[] ran) {
        MailHandle[] handles = new MailHandle[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            int round = i;
            handles[i] = inbox.put((Runnable) () -> ran[round]++);
        }
        return handles;
    }

    private static void run(@Nullable Object mail) {
        if (mail instanceof Runnable body) {
            body.run();
        }
    }

    /** Both come to the same round before either goes on, within some nanoseconds of each other. */
    private static void meet(AtomicInteger mine, AtomicInteger others, int round) {
        mine.set(round);
        for (int spins = 0; others.get() < round; spins++) {
            if (spins > 1_000) {
                Thread.yield(); // the other one is not on a core just now
            }
        }
    }
}
