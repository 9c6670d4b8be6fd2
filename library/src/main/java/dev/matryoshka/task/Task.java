package dev.matryoshka.task;

import dev.matryoshka.engine.CurrentLoop;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.Inspector;
import dev.matryoshka.engine.Instants;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.engine.ScopedBindings;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.loop.Handle;
import dev.matryoshka.loop.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A virtual thread that its loop carries (asyncio.Task): straight-line code that parks instead of blocking, and between two
 * parks runs alone on its loop.
 *
 * <p>Why not {@code Thread.startVirtualThread}: the JDK's scheduler would run it in parallel with the loop, so every shared
 * variable would need a lock and every wake-up a hop between threads.
 *
 * <p>Cancelling is an interrupt, delivered once: the wait that the task is in, or the next one, throws
 * {@link InterruptedException}. A body that lets it escape ends CANCELLED; one that catches it goes on, as in asyncio.
 *
 * <p>Threads: {@link #cancel()}, {@link #get()} and the readers may be called from any thread; the rest on the loop.
 *
 * @param <T> what the body returns; {@code Void} for an {@link Action}
 */
public final class Task<T extends @Nullable Object> implements Future<T> {
    private static final AtomicLong NUMBERS = new AtomicLong();

    static {
        Inspector.describeTasksBy(TaskPortrait::describe);
    }

    private final LoopEngine engine;
    private final Callable<T> body;
    private final Thread thread;

    /** Written on the loop; volatile for readers elsewhere. */
    private volatile TaskState state = TaskState.PENDING;

    private @Nullable T result;
    private @Nullable Throwable failure;

    /** How many cancel requests have not been taken back (asyncio's {@code cancelling()}). */
    private int cancelRequests;

    /** Hears of the end, on the loop, before anybody who waits. */
    private @Nullable TaskGroup group;

    /** In debug mode where it was made. */
    private final @Nullable Origin origin;

    /** Called inside the end, and not observers: they look for themselves when they have been woken. */
    private @Nullable List<Consumer<? super Task<?>>> joiners;

    private @Nullable List<Consumer<? super Task<T>>> doneCallbacks;

    /** For threads outside the loop that wait in get(). */
    private volatile @Nullable CountDownLatch outside;

    /** Whether somebody has looked at the outcome, or will; a failure that nobody saw is reported. */
    private volatile boolean observed;

    /** The same for those who outlive the task; made when it fails. */
    private volatile UnobservedFailures.@Nullable Flag observation;

    private Task(LoopEngine engine, Callable<T> body, @Nullable String name) {
        this.engine = engine;
        this.body = body;
        String label = name != null ? name : "task-" + NUMBERS.incrementAndGet();
        this.thread = engine.carrier().unstarted(label, ScopedBindings.bind(this::run));
        this.origin = engine.reporter().origin("made here");
    }

    // ---- making ---------------------------------------------------------------------------------------------------

    /**
     * Starts a task (asyncio.create_task). Its first step runs in the pass in progress, after the callbacks. Loop thread.
     *
     * @param name for logs and dumps; null numbers it
     * @throws IllegalStateException the JVM lacks the option that tasks need; the message names it
     */
    public static <T extends @Nullable Object> Task<T> create(Loop loop, @Nullable String name, Callable<T> body) {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        Task<T> task = new Task<>(engine, Objects.requireNonNull(body, "body"), name);
        task.start();
        return task;
    }

    /**
     * Starts a task from outside (asyncio.run_coroutine_threadsafe). Any thread.
     *
     * @throws dev.matryoshka.loop.LoopClosedException the loop is closed
     */
    public static <T extends @Nullable Object> Task<T> submit(Loop loop, @Nullable String name, Callable<T> body) {
        LoopEngine engine = Engines.of(loop);
        Task<T> task = new Task<>(engine, Objects.requireNonNull(body, "body"), name);
        engine.callSoonThreadsafe(task::startFromOutside);
        return task;
    }

    private void startFromOutside() {
        if (engine.ending().hasBegun()) {
            cancelRequests++; // too late to be among those that the closing loop cancelled
        }
        start();
    }

    private void start() {
        if (engine.ending().isLast()) {
            end(TaskState.CANCELLED); // nobody would end it any more
            return;
        }
        engine.members().addTask(thread, this);
        engine.carrier().start(thread);
    }

    /** The task that is running, or null in a callback and on foreign threads. Any thread. */
    public static @Nullable Task<?> current() {
        Loop loop = CurrentLoop.get();
        return loop == null ? null : (Task<?>) Engines.of(loop).members().currentTask();
    }

    private static Task<?> require(String method) {
        Loop loop = CurrentLoop.get();
        if (loop == null) {
            throw new IllegalStateException(method + " parks, so it needs a task: use createTask(...) or submit(...)");
        }
        return (Task<?>) Engines.of(loop).members().requireTask(method);
    }

    /** The running task, for code that needs one. */
    static Task<?> requireCurrent(String method) {
        return require(method);
    }

    // ---- waiting --------------------------------------------------------------------------------------------------

    /**
     * Parks the current task (asyncio.sleep) on the loop's own timers, so on its clock, without a hop to another thread.
     *
     * @param delay zero or negative: one pass of the loop
     * @throws InterruptedException the task was cancelled
     */
    @Parks
    public static void sleep(Duration delay) throws InterruptedException {
        LoopEngine engine = require("sleep").engine;
        Waiter waiter = new Waiter(delay.isPositive() ? delay : "the next pass");
        Handle timer = delay.isPositive()
                ? engine.callLater(Instants.delayNanos(delay), waiter::signal)
                : engine.callSoon(waiter::signal);
        try {
            waiter.await();
        } finally {
            timer.cancel();
        }
    }

    /** Lets everything else that is ready run once (asyncio.sleep(0)). */
    @Parks
    public static void yield() throws InterruptedException {
        sleep(Duration.ZERO);
    }

    /**
     * Parks until the task has ended (Python: {@code await task}), from another task of the same loop. Unlike in asyncio,
     * cancelling the one who waits does not cancel the task: use a {@link TaskGroup} for that.
     *
     * @return what the body returned
     * @throws CancellationException the task was cancelled
     * @throws InterruptedException the caller was cancelled meanwhile
     * @throws Exception what the body threw, itself
     */
    @Parks
    public T await() throws Exception {
        join(-1);
        markObserved();
        if (state == TaskState.CANCELLED) {
            throw new CancellationException(name() + " was cancelled");
        }
        Throwable thrown = failure;
        if (thrown instanceof Exception exception) {
            throw exception;
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown != null) {
            throw new ExecutionException(thrown); // a Throwable that is neither: thrown behind the compiler's back
        }
        return value();
    }

    /** Parks until the end, whatever it is; false when the time was over first. Negative waits without limit. */
    boolean join(long timeoutNanos) throws InterruptedException {
        if (isDone()) {
            return true;
        }
        Task<?> waiting = (Task<?>) engine.members().requireTask("await");
        if (waiting == this) {
            throw new IllegalStateException("a task cannot await itself: " + name());
        }
        Waiter waiter = new Waiter(this);
        Consumer<Task<?>> joiner = ended -> waiter.signal();
        addJoiner(joiner);
        Handle timer = timeoutNanos < 0 ? null : engine.callLater(timeoutNanos, waiter::signal);
        try {
            waiter.await();
        } finally {
            removeJoiner(joiner);
            if (timer != null) {
                timer.cancel();
            }
        }
        return isDone();
    }

    /** Calls back inside the end, as long as it is not removed; the task must not have ended. */
    void addJoiner(Consumer<? super Task<?>> joiner) {
        if (joiners == null) {
            joiners = new ArrayList<>(1);
        }
        joiners.add(joiner);
    }

    void removeJoiner(Consumer<? super Task<?>> joiner) {
        if (joiners != null) {
            joiners.remove(joiner);
        }
    }

    /** As {@link Future#get()}: parks a task of this loop, blocks a thread outside it, fails in a callback. */
    @Override
    @Parks
    public T get() throws InterruptedException, ExecutionException {
        if (!isDone()) {
            if (isOnTurningLoop()) {
                join(-1);
            } else {
                latch().await();
            }
        }
        return outcome();
    }

    /** As {@link Future#get(long, TimeUnit)}: parks a task of this loop, blocks a thread outside it. */
    @Override
    @Parks
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        if (!isDone()) {
            boolean ended = isOnTurningLoop() ? join(Math.max(0, unit.toNanos(timeout))) : latch().await(timeout, unit);
            if (!ended) {
                throw new TimeoutException(name() + " did not end within " + timeout + " " + unit);
            }
        }
        return outcome();
    }

    /** A task that its closed loop left behind may still be waited for, by anybody. */
    private boolean isOnTurningLoop() {
        return engine.isLoopThread() && !engine.isClosed();
    }

    private T outcome() throws ExecutionException {
        markObserved();
        if (state == TaskState.CANCELLED) {
            throw new CancellationException(name() + " was cancelled");
        }
        if (failure != null) {
            throw new ExecutionException(failure);
        }
        return value();
    }

    @SuppressWarnings("NullAway") // null only where T is nullable
    private T value() {
        return result;
    }

    private synchronized CountDownLatch latch() {
        CountDownLatch latch = outside;
        if (latch == null) {
            latch = outside = new CountDownLatch(1);
        }
        if (isDone()) {
            latch.countDown();
        }
        return latch;
    }

    // ---- cancelling -----------------------------------------------------------------------------------------------

    /**
     * Asks the task to end: its wait, or its next one, throws {@link InterruptedException}. Any thread; from outside the
     * request travels to the loop. Nothing happens after the end.
     *
     * @return false when the task has ended already
     */
    public boolean cancel() {
        if (isDone()) {
            return false;
        }
        if (!engine.isLoopThread()) {
            engine.callSoonThreadsafe(this::cancel);
            return true;
        }
        cancelRequests++;
        thread.interrupt();
        return true;
    }

    /** As {@link #cancel()}: a task is always interrupted, whatever the argument says. */
    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return cancel();
    }

    /** How many cancel requests are open (asyncio's {@code cancelling()}). Loop thread. */
    public int cancelling() {
        engine.checkLoopThread();
        return cancelRequests;
    }

    /**
     * Takes one cancel request back (asyncio's {@code uncancel()}), for code that made it itself. Loop thread.
     *
     * @return how many remain; at 0 an interrupt that was not delivered yet is taken back as well
     */
    public int uncancel() {
        engine.checkLoopThread();
        if (cancelRequests > 0 && --cancelRequests == 0 && Thread.currentThread() == thread) {
            Thread.interrupted();
        }
        return cancelRequests;
    }

    // ---- running --------------------------------------------------------------------------------------------------

    private void run() {
        if (cancelRequests > 0) {
            end(TaskState.CANCELLED);
            return;
        }
        state = state.to(TaskState.RUNNING);
        TaskState last = TaskState.SUCCEEDED;
        try {
            result = body.call();
        } catch (Throwable escaped) {
            failure = escaped;
            last = isCancellation(escaped) ? TaskState.CANCELLED : TaskState.FAILED;
        }
        end(last);
    }

    private boolean isCancellation(Throwable escaped) {
        return escaped instanceof CancellationException || (cancelRequests > 0 && Waits.isInterrupt(escaped));
    }

    /** The thread is a member of the loop up to the end of the end: what is told here acts at once, not through the inbox. */
    private void end(TaskState last) {
        try {
            tellEnd(last);
        } finally {
            engine.members().removeTask(thread);
        }
    }

    private void tellEnd(TaskState last) {
        state = state.to(last);
        CountDownLatch latch = outside;
        if (latch != null) {
            latch.countDown();
        }
        if (group != null) {
            group.ended(this);
        }
        if (joiners != null) {
            joiners.forEach(joiner -> joiner.accept(this));
        }
        if (doneCallbacks != null) {
            doneCallbacks.forEach(this::schedule);
        }
        if (last == TaskState.FAILED && !observed) {
            UnobservedFailures.Flag flag = new UnobservedFailures.Flag();
            observation = flag;
            if (observed) {
                flag.observed = true; // a thread outside has looked meanwhile, and may have missed the flag
            }
            UnobservedFailures.watch(this, flag, Objects.requireNonNull(failure));
        }
    }

    private void schedule(Consumer<? super Task<T>> callback) {
        if (!engine.isClosed()) {
            engine.callSoon(() -> callback.accept(this));
        }
    }

    /** Calls back at the end, from the loop (asyncio's {@code add_done_callback}); at once scheduled if it has ended. */
    public void addDoneCallback(Consumer<? super Task<T>> callback) {
        engine.checkLoopThread();
        markObserved();
        if (isDone()) {
            schedule(callback);
            return;
        }
        if (doneCallbacks == null) {
            doneCallbacks = new ArrayList<>(1);
        }
        doneCallbacks.add(callback);
    }

    /** Belongs to a group, which is told inside the end, before any joiner, and looks at every outcome. */
    void belongTo(TaskGroup owner) {
        group = owner;
        markObserved();
    }

    /** Somebody has seen the outcome, or will. */
    void markObserved() {
        observed = true;
        UnobservedFailures.Flag flag = observation;
        if (flag != null) {
            flag.observed = true;
        }
    }

    // ---- looking --------------------------------------------------------------------------------------------------

    /** The task whose group this one belongs to; for those who look. */
    @Nullable
    Task<?> holder() {
        return group == null ? null : group.holder();
    }

    @Nullable
    Origin origin() {
        return origin;
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    LoopEngine engine() {
        return engine;
    }

    /** Any thread. */
    public Loop loop() {
        return engine.face();
    }

    /** Any thread. */
    public String name() {
        return thread.getName();
    }

    /** The virtual thread; for dumps. Any thread. */
    public Thread thread() {
        return thread;
    }

    @Override
    public boolean isDone() {
        return state.isDone();
    }

    @Override
    public boolean isCancelled() {
        return state == TaskState.CANCELLED;
    }

    @Override
    public String toString() {
        return "Task[" + name() + ", " + state + "]";
    }
}
