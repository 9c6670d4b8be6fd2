package dev.matryoshka.engine;

import java.lang.invoke.VarHandle;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs the virtual threads of one loop on its platform thread, one after another: the loop task, which turns the loop, and
 * every task beside it.
 *
 * <h2>What can go wrong, and our answer</h2>
 * <ul>
 *   <li><b>A lock shared by a callback and a task.</b> Were the callback on the bare platform thread, it could wait for a
 *       lock whose next owner is a task that only this thread can run. So the platform thread runs no user code: callbacks
 *       stand on the loop task, which can be unmounted like any other, and what remains here takes no lock.
 *   <li><b>A callback that parks all the same</b> (a JDK lock, a logger). The platform thread goes on with other tasks, and
 *       sleeps when there are none. It does not poll: nobody could act on what it would find, and level-triggered readiness
 *       would spin.
 *   <li><b>A scheduler that rejects</b> would throw into whoever unparks, and strand the thread. {@link #execute} never
 *       throws; after the loop was closed, continuations run on one shared daemon thread until their threads end.
 *   <li><b>Polling.</b> An epoll_wait on the loop task's stack blocks the carrier, which is what we want, and saves a switch
 *       per pass. A Selector on a virtual thread would be turned into a park through the JDK's poller: there the loop task
 *       parks, and the platform thread polls for it.
 * </ul>
 */
public final class Carrier implements Executor {
    private final LoopEngine engine;
    private final Members members;
    private final ReadyQueue<Runnable> runnable = new ReadyQueue<>();

    private final StepNames names;

    /** By which the threads know their loop. */
    private final CurrentLoop.Mark mark;

    private final InterruptBell interruptBell;

    private @Nullable Thread platform;
    private @Nullable Thread loopTask;

    /** From the start of the loop task until it has nothing more to do; both sides run on the platform thread. */
    private boolean turning;

    /** Set while the platform thread sleeps without polling, for {@link #wake()}. */
    private volatile boolean parked;

    private volatile boolean closed;

    /** The loop task waits for the platform thread to poll this long. */
    private boolean pollRequested;

    private long pollNanos;
    private @Nullable Throwable pollFailure;

    Carrier(LoopEngine engine, Members members, boolean debug) {
        this.engine = engine;
        this.members = members;
        this.names = new StepNames(debug);
        this.mark = new CurrentLoop.Mark(engine);
        this.interruptBell = new InterruptBell(engine::noteInterrupt);
    }

    /** A thread of this loop, not started. Whoever starts it registers it with {@link Members} first. */
    public Thread unstarted(String name, Runnable body) {
        return CarriedThreads.unstarted(this, name, mark, body);
    }

    /** Starts a task's thread. Loop thread only. */
    public void start(Thread thread) {
        names.starting(thread);
        thread.start();
    }

    /** Any thread, called by the JDK: a thread of ours can go on. Never throws, never waits. */
    @Override
    public void execute(Runnable continuation) {
        if (closed) {
            Orphans.run(continuation);
        } else if (engine.isLoopThread()) {
            names.scheduled(continuation);
            runnable.add(continuation);
        } else {
            engine.post(new ThreadMail(continuation));
        }
    }

    void setDebug(boolean on) {
        names.want(on);
    }

    void addRunnable(Runnable continuation) {
        runnable.add(continuation);
    }

    boolean hasRunnable() {
        return !runnable.isEmpty();
    }

    /**
     * Continuations mounted: each is a task that ran up to its next wait, the loop task included, and at the loop's end those that
     * were handed on. Any thread; off the loop's own it may be a little old. The queue counts, because a mount writes to it in any
     * case.
     */
    public long switches() {
        return runnable.taken();
    }

    /** Turns the loop on the calling platform thread until it stops. */
    void run() {
        platform = Thread.currentThread();
        takeInterrupt();
        try {
            turn();
        } finally {
            interruptBell.disarm();
        }
    }

    private void turn() {
        if (!CarriedThreads.available()) {
            CurrentLoop.run(engine.face(), engine::turn);
            return;
        }
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread task = unstarted("matryoshka-" + engine.name(), () -> {
            try {
                engine.turn();
            } catch (Throwable escaped) {
                failure.set(escaped);
            } finally {
                turning = false;
            }
        });
        loopTask = task;
        turning = true;
        members.addLoopTask(task);
        start(task);
        while (turning) {
            carryOn();
        }
        members.removeLoopTask(task);
        loopTask = null;
        rethrow(failure.get());
    }

    /** One step of the platform thread: poll if asked to, else run one continuation, else sleep. */
    private void carryOn() {
        if (pollRequested) {
            pollRequested = false;
            try {
                engine.pollNow(pollNanos);
            } catch (RuntimeException | Error failed) {
                pollFailure = failed;
            }
            LockSupport.unpark(loopTask);
        }
        Runnable next = runnable.poll();
        if (next != null) {
            run(next);
        } else {
            sleep();
        }
    }

    private void run(Runnable continuation) {
        if (!names.wanted()) {
            continuation.run();
            return;
        }
        Thread thread = names.of(continuation);
        long began = engine.time();
        continuation.run();
        if (thread != loopTask || thread == null) {
            engine.taskStepped(thread, engine.time() - began);
        }
    }

    /** The loop task is parked inside a callback and no task can run: only another thread can change that. */
    private void sleep() {
        parked = true;
        try {
            if (!engine.announceSleep()) {
                LockSupport.park(this);
            }
        } finally {
            parked = false;
        }
        engine.awakeAndTakeMail();
        takeInterrupt();
    }

    /** On the platform thread, after a wait: a standing interrupt would turn every later wait into a spin. */
    void takeInterrupt() {
        if (!Thread.currentThread().isVirtual()) {
            if (Thread.interrupted()) {
                engine.noteInterrupt();
            }
            interruptBell.arm();
        }
    }

    /** Any thread, when the run is over: an interrupt that nobody took goes back to where it came from. */
    void giveBack(Interrupts interrupts) {
        Thread thread = platform;
        if (thread != null && interrupts.takeBack()) {
            thread.interrupt();
        }
    }

    /** Any thread, after its post. */
    void wake() {
        if (parked) {
            LockSupport.unpark(platform);
        }
    }

    /** Loop task only: polls here, or lets the platform thread poll. */
    void poll(long timeoutNanos, boolean here) {
        if (here || !Thread.currentThread().isVirtual()) {
            engine.pollNow(timeoutNanos);
            return;
        }
        pollNanos = timeoutNanos;
        pollRequested = true;
        while (pollRequested) {
            LockSupport.park(this);
            Thread.interrupted();
        }
        Throwable failed = pollFailure;
        pollFailure = null;
        rethrow(failed);
    }

    /**
     * Loop task only: lets every task that is ready run up to its next wait, and comes back.
     *
     * @return how many were ready
     */
    int runTasks() {
        int count = runnable.size();
        if (count > 0 && Thread.currentThread().isVirtual()) {
            Thread.yield();
        }
        return count;
    }

    // ---- after the end --------------------------------------------------------------------------------------------

    /** From now on continuations run elsewhere; those that wait here move there. */
    void close(Inbox inbox) {
        closed = true;
        for (Runnable left; (left = runnable.poll()) != null; ) {
            Orphans.run(left);
        }
        rescue(inbox);
    }

    /**
     * Any thread that found the door shut behind what it posted: does nothing before the end. The lock makes the threads that find
     * themselves here one consumer; it is never taken while the loop lives. Callbacks that lie here were refused: their posters are
     * told, for each finds in its place what it can take back.
     */
    void rescue(Inbox inbox) {
        // Filled first, then looked: either this thread sees the end, or who ends the loop sees what it put.
        VarHandle.fullFence();
        if (closed) {
            rescueAll(inbox);
        }
    }

    private synchronized void rescueAll(Inbox inbox) {
        for (Object mail; (mail = inbox.peek()) != null; ) {
            if (mail instanceof ThreadMail thread) {
                inbox.poll();
                Orphans.run(thread.continuation());
            } else {
                inbox.pass().drop();
            }
        }
    }

    private static void rethrow(@Nullable Throwable failure) {
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failure instanceof Error error) {
            throw error;
        }
    }
}
