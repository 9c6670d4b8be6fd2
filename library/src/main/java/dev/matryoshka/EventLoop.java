package dev.matryoshka;

import dev.matryoshka.engine.CurrentLoop;
import dev.matryoshka.engine.DefaultExecutor;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.Instants;
import dev.matryoshka.engine.Kernels;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.LoopGuard;
import dev.matryoshka.engine.OpenLoops;
import dev.matryoshka.engine.PlatformThread;
import dev.matryoshka.engine.SlowWatch;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.ExceptionHandler;
import dev.matryoshka.loop.Handle;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.loop.TimerHandle;
import dev.matryoshka.task.Action;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One event loop with its tasks and its three ways to the network (asyncio's event loop and its module functions).
 *
 * {@snippet :
 * EventLoop.run(loop -> loop.startServer((reader, writer) -> {
 *     for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
 *         writer.write(data);
 *     }
 * }, "127.0.0.1", 8888).serveForever());
 * }
 *
 * <p>{@link #run} is all that most programs need. Without the JVM option that tasks need, {@link #open()},
 * {@link #createServer} and {@link #runForever()} still work, with protocols.
 *
 * <p>Threads: see {@link Loop}. Several loops may live in one JVM, each on a thread of its own.
 */
public final class EventLoop implements InnerDoll, MiddleDoll, OuterDoll, SystemFace, ServiceFace, AutoCloseable {
    /** How long {@link #close()} waits for tasks that were cancelled. One that does not listen is left behind. */
    private static final long TASKS_END_NANOS = Duration.ofSeconds(10).toNanos();

    /** How long {@link #run} waits for jobs of the default executor: asyncio's THREAD_JOIN_TIMEOUT. */
    private static final long JOBS_END_NANOS = Duration.ofSeconds(300).toNanos();

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    static {
        Engines.grantAccess(loop -> loop instanceof EventLoop ours ? ours.engine : null);
        Engines.grantOpening((options, provider) -> new EventLoop(options, provider, "chosen by the caller"));
    }

    private final LoopEngine engine;
    private final DefaultExecutor executor;
    private final String kernelReason;
    private final LoopGuard guard;

    /** How long {@link #close()} waits for jobs of the default executor. */
    private long jobsEndNanos;

    private EventLoop(LoopOptions options, KernelProvider provider, String kernelReason) throws IOException {
        String name = options.name() != null ? options.name() : "loop-" + NUMBERS.incrementAndGet();
        SlowWatch watch = new SlowWatch(options.slowCallback().toNanos(), options.debug());
        this.engine = new LoopEngine(this, name, provider.open(), watch);
        this.executor = new DefaultExecutor(engine);
        this.kernelReason = kernelReason;
        this.guard = LoopGuard.over(this, engine.reporter().origin("opened here"));
        OpenLoops.add(this);
    }

    // ---- making and running ---------------------------------------------------------------------------------------

    /** Opens a loop with the default options; the calling thread is its own until it runs. */
    public static EventLoop open() {
        return open(LoopOptions.defaults());
    }

    /**
     * Opens a loop.
     *
     * @throws IllegalArgumentException an unknown kernel
     * @throws UncheckedIOException the kernel that was asked for does not work here; the message says why
     */
    public static EventLoop open(LoopOptions options) {
        try {
            Kernels.Choice choice = Kernels.choose(options.kernel());
            return new EventLoop(options, choice.provider(), choice.reason());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** The main function of a program, without a result. */
    @FunctionalInterface
    public interface Main {
        /** Runs as the first task of the loop. */
        void run(EventLoop loop) throws Exception;
    }

    /** The main function of a program, with a result. */
    @FunctionalInterface
    public interface MainWithResult<T extends @Nullable Object> {
        /** Runs as the first task of the loop. */
        T call(EventLoop loop) throws Exception;
    }

    /**
     * Opens a loop, runs a task on it to its end, cancels what is left and closes the loop (asyncio.run). The calling thread
     * is the loop's meanwhile; interrupting it cancels the main task. Jobs of the default executor are waited for as well, for at
     * most 5 minutes, or until the thread is interrupted: their threads are daemons, and the JVM would end in the middle of one. The
     * loop turns meanwhile, for what they complete, but starts no more tasks and takes no more jobs.
     *
     * <p>So does Ctrl-C (SIGINT) when the caller is the program's main thread, unless {@link LoopOptions#withCatchSigint} says no:
     * the task may tidy up, then the JVM exits with 130 as it does of a SIGINT; a second one does not wait for that.
     *
     * @throws Exception what main threw, itself
     * @throws IllegalStateException called on a loop, or the JVM lacks the option that tasks need
     */
    public static void run(Main main) throws Exception {
        run(LoopOptions.defaults(), main);
    }

    /** As {@link #run(Main)} with options. */
    public static void run(LoopOptions options, Main main) throws Exception {
        EventLoop.<@Nullable Void>call(options, loop -> {
            main.run(loop);
            return null;
        });
    }

    /** As {@link #run(Main)}, with a result. */
    public static <T extends @Nullable Object> T call(MainWithResult<T> main) throws Exception {
        return call(LoopOptions.defaults(), main);
    }

    /** As {@link #call(MainWithResult)} with options. */
    public static <T extends @Nullable Object> T call(LoopOptions options, MainWithResult<T> main) throws Exception {
        Loop around = CurrentLoop.get();
        if (around != null) {
            throw new IllegalStateException(
                    "EventLoop.run called on event loop '" + around.name() + "': use createTask");
        }
        try (Sigint sigint = Sigint.guard(options.catchSigint())) {
            return PlatformThread.call(() -> runMain(options, main, sigint));
        }
    }

    private static <T extends @Nullable Object> T runMain(LoopOptions options, MainWithResult<T> main, Sigint sigint)
            throws Exception {
        try (EventLoop loop = open(options)) {
            Task<T> task = loop.createTask("main", () -> main.call(loop));
            sigint.cancels(task);
            loop.jobsEndNanos = JOBS_END_NANOS;
            return loop.runUntilComplete(task);
        } finally {
            if (sigint.cancelledMain()) {
                sigint.exit();
            }
        }
    }

    /**
     * Runs until a task of this loop has ended (asyncio.run_until_complete). Interrupting the thread cancels the task; an
     * interrupt that comes too late for that stands on the thread afterwards.
     *
     * @return what the task returned
     * @throws IllegalArgumentException a task of another loop
     * @throws IllegalStateException the loop runs already, and goes on as if nobody had asked; the caller is on another loop; or the
     *     loop was stopped before
     * @throws Exception what the task threw, itself
     */
    public <T extends @Nullable Object> T runUntilComplete(Task<T> task) throws Exception {
        if (task.loop() != this) {
            throw new IllegalArgumentException("runUntilComplete: a task of another loop: " + task);
        }
        boolean[] waiting = {true}; // a later run is not ended by a task that this one has waited for in vain
        task.addDoneCallback(done -> {
            if (waiting[0]) {
                stop();
            }
        });
        try {
            engine.runForever(task::cancel);
        } finally {
            waiting[0] = false;
        }
        if (!task.isDone()) {
            throw new IllegalStateException("event loop '" + name() + "' stopped before " + task + " completed");
        }
        return task.await();
    }

    @Override
    public void runForever() {
        engine.runForever();
    }

    @Override
    public void stop() {
        engine.stop();
    }

    @Override
    public void close() {
        if (engine.isRunning()) {
            throw new IllegalStateException("cannot close a running event loop: " + name());
        }
        if (!engine.isClosed()) {
            PlatformThread.run(this::closeHere);
        }
    }

    private void closeHere() {
        if (!engine.ending().begin()) {
            return; // another thread is at it
        }
        try {
            allTasks().forEach(Task::cancel);
            if (!engine.ending().awaitTasks(TASKS_END_NANOS)) {
                allTasks()
                        .forEach(stuck -> callExceptionHandler(
                                ExceptionContext.of("Task did not end when it was cancelled; it is left behind", null)
                                        .with("task", stuck)));
            }
            if (jobsEndNanos > 0 && !executor.finishJobs(jobsEndNanos)) {
                callExceptionHandler(
                        ExceptionContext.of("Jobs of the default executor are left to their threads", null));
            }
        } finally {
            boolean interrupted = Thread.interrupted(); // the last passes would take it for theirs
            engine.ending().close();
            executor.shutdown();
            OpenLoops.remove(this);
            guard.release();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The loop that the calling task or callback is on (asyncio.get_running_loop), or null elsewhere. Any thread. */
    public static @Nullable EventLoop current() {
        return (EventLoop) CurrentLoop.get();
    }

    /** For {@link ServiceFace}. */
    DefaultExecutor executor() {
        return executor;
    }

    /** The loops of this JVM that were opened and not closed, by name. Any thread. */
    public static List<EventLoop> openLoops() {
        return OpenLoops.all().stream()
                .map(EventLoop.class::cast)
                .sorted(Comparator.comparing(EventLoop::name))
                .toList();
    }

    // ---- tasks ----------------------------------------------------------------------------------------------------

    /**
     * Starts a task (asyncio.create_task): it runs in the pass in progress, after the callbacks.
     *
     * @throws IllegalStateException the JVM lacks the option that tasks need; the message names it
     */
    public <T extends @Nullable Object> Task<T> createTask(Callable<T> body) {
        return Task.create(this, null, body);
    }

    /** As {@link #createTask(Callable)}, without a result. */
    public Task<@Nullable Void> createTask(Action body) {
        return Task.create(this, null, callable(body));
    }

    /** As {@link #createTask(Callable)}, with a name for logs and dumps. */
    public <T extends @Nullable Object> Task<T> createTask(String name, Callable<T> body) {
        return Task.create(this, name, body);
    }

    /** As {@link #createTask(Action)}, with a name for logs and dumps. */
    public Task<@Nullable Void> createTask(String name, Action body) {
        return Task.create(this, name, callable(body));
    }

    /** Starts a task from another thread (asyncio.run_coroutine_threadsafe). Any thread. */
    public <T extends @Nullable Object> Task<T> submit(Callable<T> body) {
        return Task.submit(this, null, body);
    }

    /** As {@link #submit(Callable)}, without a result. */
    public Task<@Nullable Void> submit(Action body) {
        return Task.submit(this, null, callable(body));
    }

    private static Callable<@Nullable Void> callable(Action body) {
        return () -> {
            body.run();
            return null;
        };
    }

    /** Every task that has not ended (asyncio.all_tasks). */
    public List<Task<?>> allTasks() {
        engine.checkLoopThread();
        return engine.members().tasks().stream()
                .<Task<?>>map(task -> (Task<?>) task)
                .toList();
    }

    // ---- scheduling -----------------------------------------------------------------------------------------------

    @Override
    public Handle callSoon(Runnable callback) {
        return engine.callSoon(callback);
    }

    @Override
    public Handle callSoonThreadsafe(Runnable callback) {
        return engine.callSoonThreadsafe(callback);
    }

    @Override
    public TimerHandle callLater(Duration delay, Runnable callback) {
        return engine.callLater(Instants.delayNanos(delay), callback);
    }

    @Override
    public TimerHandle callAt(long when, Runnable callback) {
        return engine.callAt(when, callback);
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    @Override
    public String name() {
        return engine.name();
    }

    @Override
    public String kernelName() {
        return engine.kernel().name();
    }

    /** Why this loop has the kernel that it has, for people. Any thread. */
    public String kernelReason() {
        return kernelReason;
    }

    @Override
    public long time() {
        return engine.time();
    }

    @Override
    public boolean isRunning() {
        return engine.isRunning();
    }

    @Override
    public boolean isClosed() {
        return engine.isClosed();
    }

    @Override
    public boolean isLoopThread() {
        return engine.isLoopThread();
    }

    @Override
    public void setExceptionHandler(@Nullable ExceptionHandler handler) {
        engine.checkLoopThread();
        engine.reporter().setHandler(handler);
    }

    @Override
    public @Nullable ExceptionHandler exceptionHandler() {
        return engine.reporter().handler();
    }

    @Override
    public void callExceptionHandler(ExceptionContext context) {
        engine.checkLoopThread();
        engine.reporter().report(context);
    }

    @Override
    public String toString() {
        String state = isClosed() ? "closed" : isRunning() ? "running" : "idle";
        return "EventLoop[" + name() + ", " + kernelName() + ", " + state + "]";
    }
}
