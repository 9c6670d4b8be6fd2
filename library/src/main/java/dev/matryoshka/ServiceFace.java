package dev.matryoshka;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.Instants;
import dev.matryoshka.inspect.LoopGauges;
import dev.matryoshka.inspect.LoopSnapshot;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Action;
import dev.matryoshka.task.Parks;
import dev.matryoshka.task.Tasks;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link EventLoop} that serves its users beside the network: threads for code that blocks, debug mode, and looking
 * inside. Loop thread only, where nothing else is said.
 */
public sealed interface ServiceFace extends Loop permits EventLoop {
    @Override
    default <T extends @Nullable Object> CompletableFuture<T> runInExecutor(Callable<T> blocking) {
        return ((EventLoop) this).executor().submit(blocking);
    }

    @Override
    default <T extends @Nullable Object> CompletableFuture<T> runInExecutor(Executor target, Callable<T> blocking) {
        return ((EventLoop) this).executor().submit(target, blocking);
    }

    @Override
    default void setDefaultExecutor(@Nullable Executor newDefault) {
        Engines.of(this).checkUsable();
        ((EventLoop) this).executor().replace(newDefault);
    }

    /**
     * Runs blocking code in the default executor and parks until it has returned (asyncio.to_thread). The code has the scoped values
     * of the caller. Cancelling the caller ends the wait at once; a job that has begun is not stopped, its result is dropped, and
     * one that has not begun is skipped.
     *
     * @return what the code returned
     * @throws Exception what the code threw, itself
     * @throws java.util.concurrent.RejectedExecutionException the default executor was shut down
     */
    @Parks
    default <T extends @Nullable Object> T toThread(Callable<T> blocking) throws Exception {
        Engines.of(this).members().requireTask("toThread");
        CompletableFuture<T> job = ((EventLoop) this).executor().submit(blocking);
        try {
            return Tasks.await(job);
        } finally {
            job.cancel(false); // for a caller that was cancelled; else it is done
        }
    }

    /** As {@link #toThread(Callable)}, without a result. */
    @Parks
    default void toThread(Action blocking) throws Exception {
        toThread(() -> {
            blocking.run();
            return null;
        });
    }

    /**
     * Takes no more jobs into the default executor, and parks until those that it has are done (asyncio
     * {@code shutdown_default_executor}); from now on {@link #runInExecutor(Callable)} and {@link #toThread} throw
     * {@link java.util.concurrent.RejectedExecutionException}. Threads of ours end; an executor of yours is yours to end.
     *
     * @param timeout zero or negative does not wait
     * @return false when the time was over first: what still runs is left to its threads, which are daemons
     * @throws InterruptedException the caller was cancelled; jobs are refused all the same, and the call can be made again
     */
    @Parks
    default boolean shutdownDefaultExecutor(Duration timeout) throws InterruptedException {
        Engines.of(this).members().requireTask("shutdownDefaultExecutor");
        ((EventLoop) this).executor().shutdown();
        return ((EventLoop) this).executor().awaitIdle(Instants.delayNanos(timeout));
    }

    /**
     * What this loop holds at this moment. Any thread, and the loop is not disturbed for longer than it takes to list what it
     * has; a loop that does not answer within a second is described from outside, with the place where it is stuck.
     */
    default LoopSnapshot snapshot() {
        return snapshot(Duration.ofSeconds(1));
    }

    /**
     * As {@link #snapshot()}. An interrupt of the caller ends the wait, and what can be seen from outside is returned.
     *
     * @param patience how long a loop that runs is waited for; in real time; zero or negative does not wait
     */
    default LoopSnapshot snapshot(Duration patience) {
        return Engines.of(this).inspector().look(Instants.delayNanos(patience));
    }

    /**
     * Shows this loop to management tools as {@code dev.matryoshka:type=EventLoop,name=...}, see {@link LoopMXBean}, until it is
     * closed. Any thread.
     *
     * @return the whole name
     * @throws IllegalStateException a loop of that name is registered, or the JVM has no module {@code java.management}
     */
    default String registerMXBean() {
        try {
            return LoopBean.register((EventLoop) this);
        } catch (NoClassDefFoundError without) {
            throw new IllegalStateException("this JVM runs without the module java.management", without);
        }
    }

    /** The figures alone: cheap enough for a gauge. Any thread; elsewhere than on the loop they may be a little old. */
    default LoopGauges gauges() {
        return Engines.of(this).inspector().gauges();
    }

    /**
     * Turns debug mode on or off (asyncio {@code set_debug}) for what is made, scheduled and run from now on; see
     * {@link LoopOptions#debug()}.
     */
    default void setDebug(boolean on) {
        Engines.of(this).setDebug(on);
    }

    /** Any thread. */
    default boolean isDebug() {
        return Engines.of(this).reporter().isDebug();
    }
}
