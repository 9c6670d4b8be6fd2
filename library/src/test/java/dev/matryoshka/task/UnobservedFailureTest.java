package dev.matryoshka.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.LoopOptions;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: a failure that nobody ever looked at is told, once; one that somebody saw is not.
 *
 * <p>Method: tasks that are dropped, and the garbage collector. A weak reference tells when it has been there; then passes
 * are run until the report arrives, or, where none may arrive, until a failure that was dropped later has been reported.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnobservedFailureTest {
    @Test
    void aFailureThatNobodyLooksAtIsReportedWithItsTask() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            drop(rig, "forgotten");
            List<ExceptionContext> reported = collectReports(rig);
            assertThat(reported).singleElement().satisfies(context -> {
                assertThat(context.message()).isEqualTo("Task exception was never retrieved");
                assertThat(context.exception()).hasMessage("forgotten failed");
                assertThat(context.details()).containsEntry("task", "forgotten");
            });
        }
    }

    /** What blames a slow step on its task must not keep that task. */
    @Test
    void aFailureThatNobodyLooksAtIsReportedInDebugModeToo() {
        try (LoopRig rig = LoopRig.onVirtualTime(LoopOptions.defaults().withDebug(true))) {
            drop(rig, "forgotten");
            assertThat(collectReports(rig))
                    .extracting(context -> context.details().get("task"))
                    .containsExactly("forgotten");
        }
    }

    @Test
    void aFailureThatSomebodyLookedAtIsNotReported() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            lookAt(rig);
            drop(rig, "marker");
            assertThat(collectReports(rig))
                    .extracting(context -> context.details().get("task"))
                    .containsExactly("marker");
        }
    }

    @Test
    void successesAndCancelsAreNeverReported() {
        try (LoopRig rig = LoopRig.onVirtualTime()) {
            Task.create(rig.loop, "fine", () -> 1);
            Task.create(rig.loop, "cancelled", () -> 1).cancel();
            rig.passes(1);
            drop(rig, "marker");
            assertThat(collectReports(rig))
                    .extracting(context -> context.details().get("task"))
                    .containsExactly("marker");
        }
    }

    private static WeakReference<Task<?>> drop(LoopRig rig, String name) {
        Task<Void> task = Task.create(rig.loop, name, () -> {
            throw new IllegalStateException(name + " failed");
        });
        rig.passes(1);
        assertThat(task.isDone()).isTrue();
        return new WeakReference<>(task);
    }

    private static void lookAt(LoopRig rig) {
        Task<Void> gotten = failing(rig, "gotten");
        Task<Void> awaited = failing(rig, "awaited");
        Task<Void> watched = failing(rig, "watched");
        watched.addDoneCallback(done -> {});
        Task<Void> grouped = failing(rig, "grouped-parent");
        rig.passes(1);
        assertThatThrownBy(gotten::get).isInstanceOf(ExecutionException.class);
        assertThatThrownBy(awaited::await).hasMessage("awaited failed");
        assertThat(grouped.exceptionNow()).hasMessage("grouped-parent failed");
        rig.passes(1);
    }

    private static Task<Void> failing(LoopRig rig, String name) {
        return Task.create(rig.loop, name, () -> {
            throw new IllegalStateException(name + " failed");
        });
    }

    /** Collects garbage until something was reported, then once more for stragglers. */
    private static List<ExceptionContext> collectReports(LoopRig rig) {
        List<ExceptionContext> reported = List.of();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (reported.isEmpty() && System.nanoTime() < deadline) {
            System.gc();
            rig.passes(1);
            reported = rig.reported();
        }
        System.gc();
        rig.passes(1);
        List<ExceptionContext> stragglers = rig.reported();
        assertThat(stragglers).as("a failure is reported once").isEmpty();
        return reported;
    }
}
