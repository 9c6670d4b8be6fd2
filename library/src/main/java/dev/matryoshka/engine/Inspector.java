package dev.matryoshka.engine;

import dev.matryoshka.inspect.LoopGauges;
import dev.matryoshka.inspect.LoopSnapshot;
import dev.matryoshka.inspect.StuckAt;
import dev.matryoshka.loop.LoopClosedException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Looks into a loop. Any thread.
 *
 * <p>A loop that runs is asked on its own thread, so its answer is one moment's. One that does not answer is what people
 * look for, so then they get what can be had from outside: figures, tasks and, above all, the stack that holds it. What is
 * read there may be torn; a table that changes under the reader is read again, a few times.
 */
public final class Inspector {
    private static final int TRIES = 4;

    private static volatile @Nullable TaskDescriber taskDescriber;

    private final LoopEngine engine;
    private final Channels channels;
    private final Inbox inbox;
    private final Residents residents = new Residents();

    Inspector(LoopEngine engine, Channels channels, Inbox inbox) {
        this.engine = engine;
        this.channels = channels;
        this.inbox = inbox;
    }

    /** Knows what a task is, which the engine does not; and a task, being public, cannot be {@link Described}. */
    @FunctionalInterface
    public interface TaskDescriber {
        /** Adds the value of a task. */
        void describe(Object task, Inspection into);
    }

    /** Called once by the only implementation of tasks. */
    public static void describeTasksBy(TaskDescriber describer) {
        taskDescriber = describer;
    }

    /** Who wants to be seen besides tasks and listeners of channels. Loop thread only. */
    public Residents residents() {
        return residents;
    }

    /** @param patienceNanos real time in which a loop that runs has to answer */
    public LoopSnapshot look(long patienceNanos) {
        if (engine.isLoopThread()) {
            return whole(state()).finish(null);
        }
        if (!engine.isRunning()) {
            return fromOutside(state()).finish(null);
        }
        CompletableFuture<Inspection> answer = new CompletableFuture<>();
        try {
            engine.callSoonThreadsafe(() -> answer.complete(whole(state())));
            return answer.get(patienceNanos, TimeUnit.NANOSECONDS).finish(null);
        } catch (LoopClosedException gone) {
            return fromOutside(state()).finish(null);
        } catch (TimeoutException stuck) {
            return fromOutside("stuck").finish(whereItIs());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return fromOutside(state()).finish(null);
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The figures alone: allocates one record, and asks nobody. */
    public LoopGauges gauges() {
        return gauges(state());
    }

    private String state() {
        if (engine.isClosed()) {
            return "closed";
        }
        if (engine.ending().hasBegun()) {
            return "closing";
        }
        return engine.isRunning() ? "running" : "idle";
    }

    private LoopGauges gauges(String state) {
        LoopLoad load = engine.load();
        LoopCounters counters = engine.counters();
        return new LoopGauges(
                engine.name(),
                engine.kernel().name(),
                state,
                counters.passes,
                counters.callbacks,
                engine.carrier().switches(),
                counters.slow,
                load.callbacks(),
                inbox.size(),
                load.timers(),
                load.tasks(),
                load.channels(),
                load.chunks());
    }

    /** On the loop thread. */
    private Inspection whole(String state) {
        Inspection inspection = new Inspection(gauges(state));
        describeTasks(engine.members().tasks(), inspection);
        residents.all().forEach(resident -> resident.describe(inspection));
        channels.describe(inspection);
        return inspection;
    }

    private Inspection fromOutside(String state) {
        Inspection inspection = new Inspection(gauges(state));
        describeTasks(tasksFromOutside(), inspection);
        return inspection;
    }

    private List<Object> tasksFromOutside() {
        for (int i = 1; ; i++) {
            try {
                return engine.members().tasks();
            } catch (RuntimeException changing) {
                if (i == TRIES) {
                    return List.of();
                }
            }
        }
    }

    private static void describeTasks(List<Object> tasks, Inspection into) {
        TaskDescriber describer = taskDescriber;
        if (describer != null) {
            tasks.forEach(task -> describer.describe(task, into));
        }
    }

    /**
     * Of all threads of the loop the one that is on the platform thread now; if none is, the loop task, which is parked in a
     * callback; in a loop without tasks the platform thread.
     */
    private @Nullable StuckAt whereItIs() {
        List<Thread> threads = threadsFromOutside();
        StuckAt candidate = null;
        for (Thread thread : threads) {
            List<StackTraceElement> stack = List.of(thread.getStackTrace());
            if (stack.isEmpty()) {
                continue;
            }
            if (thread.isVirtual() && !isUnmounted(stack.getFirst())) {
                return new StuckAt(thread.getName(), stack);
            }
            if (engine.members().isLoop(thread) && (candidate == null || thread.isVirtual())) {
                candidate = new StuckAt(thread.getName(), stack);
            }
        }
        return candidate;
    }

    private List<Thread> threadsFromOutside() {
        for (int i = 1; ; i++) {
            try {
                return engine.members().threads();
            } catch (RuntimeException changing) {
                if (i == TRIES) {
                    return List.of();
                }
            }
        }
    }

    /** A virtual thread that gave its carrier back did so in its own park or yield, which is on top then. */
    private static boolean isUnmounted(StackTraceElement top) {
        return top.getClassName().equals("java.lang.VirtualThread")
                || top.getClassName().equals("jdk.internal.vm.Continuation");
    }
}
