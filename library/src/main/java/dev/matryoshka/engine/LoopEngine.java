package dev.matryoshka.engine;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.loop.Handle;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.TimerHandle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The loop itself. Loop thread only, but for {@link #callSoonThreadsafe}, {@link #post}, {@link #stop} and the readers that
 * say so.
 *
 * <p>{@link #runOnce()} is one pass and reads like its drawing in ARCHITECTURE.md. It runs on the loop task, a virtual
 * thread that this loop's {@link Carrier} carries beside all others, because a callback and a task may share a lock: a
 * callback on the bare carrier thread could then wait for a task that only this thread could run. Where the JVM was started
 * without the option that tasks need there are no tasks either, and the pass runs on the platform thread itself.
 */
public final class LoopEngine {
    /** Longest sleep: one day, asyncio's MAXIMUM_SELECT_TIMEOUT. A spurious wake-up once a day costs nothing. */
    private static final long LONGEST_POLL_NANOS = 24L * 3600 * 1_000_000_000;

    private final Loop face;
    private final String name;
    private final Kernel kernel;
    private final ReadyQueue<Handle> ready = new ReadyQueue<>();
    private final TimerHeap timers;
    private final Inbox inbox = new Inbox();
    private final Doorbell doorbell = new Doorbell();
    private final MailTurn mail;
    private final Channels channels;
    private final PassEnd passEnd;
    private final ReadyQueue<Timer> due = new ReadyQueue<>();
    private final ChunkPool chunks;
    private final HeapPool heap = new HeapPool();
    private final ChunkPool readChunks;
    private final Chunk receiveChunk;
    private final Members members;
    private final Carrier carrier;
    private final Reporter reporter;
    private final LoopCounters counters = new LoopCounters();
    private final Ending ending;
    private final Inspector inspector;
    private final Attachments attachments = new Attachments();

    /** Made once; a method reference made at each pass would be an object each. */
    private final Runnable turnOfTasks = this::turnOfTasks;

    private final Interrupts interrupts = new Interrupts();

    private volatile boolean stopping;

    /** 256 KiB at most per read, asyncio's max_size: one receive takes a whole large message, and none starves the rest. */
    public static final int RECEIVE_BYTES = 256 * 1024;

    public LoopEngine(Loop face, String name, Kernel kernel, SlowWatch slowWatch) {
        this.face = face;
        this.name = name;
        this.ending = new Ending(this, name);
        this.kernel = kernel;
        this.timers = new TimerHeap(kernel.clock().nanoTime());
        this.channels = new Channels(kernel.poller());
        this.chunks = new ChunkPool(kernel, ChunkPool.WRITE_BYTES);
        this.readChunks = new ChunkPool(kernel, ChunkPool.READ_BYTES);
        this.receiveChunk = kernel.allocate(RECEIVE_BYTES);
        this.members = new Members(name);
        this.carrier = new Carrier(this, members, slowWatch.debug());
        this.reporter = new Reporter(face, slowWatch, counters);
        this.mail = new MailTurn(inbox, ready, carrier, reporter, kernel.clock());
        this.passEnd = new PassEnd(reporter);
        this.inspector = new Inspector(this, channels, inbox);
    }

    // ---- one pass -------------------------------------------------------------------------------------------------

    /** Runs passes until {@link #stop()}; at least one. */
    void turn() {
        channels.closeReleased(); // what was closed while the loop did not run
        long now = kernel.clock().nanoTime();
        do {
            now = runOnce(now);
        } while (!stopping);
    }

    /**
     * One pass.
     *
     * @param before the time at its beginning
     * @return the time at its end
     */
    private long runOnce(long before) {
        long began = poll(timeoutNanos(before));
        mail.begin();
        int channelsReady = channels.readyCount();
        counters.channelsInPass = channelsReady;
        int callbacks = runReady();
        counters.tasksInTurns = 0;
        channels.dispatch(channelsReady, reporter, kernel.clock(), turnOfTasks);
        int timersRun = runTimers(began);
        int tasks = counters.tasksInTurns + carrier.runTasks();
        passEnd.callAll();
        channels.closeReleased();
        long ended = kernel.clock().nanoTime();
        counters.passes++;
        counters.callbacks += callbacks + channelsReady + timersRun;
        reporter.passEnded(ended - began, callbacks, channelsReady, timersRun, tasks);
        return ended;
    }

    private long timeoutNanos(long now) {
        if (stopping
                || mail.isBusy()
                || !ready.isEmpty()
                || channels.readyCount() > 0
                || carrier.hasRunnable()
                || !passEnd.isEmpty()) {
            return 0;
        }
        return timers.nanosToNext(now, LONGEST_POLL_NANOS);
    }

    private long poll(long timeoutNanos) {
        long timeout = timeoutNanos;
        if (timeout != 0) {
            if (announceSleep() || stopping || interrupts.isDue()) {
                doorbell.awake();
                timeout = 0;
            }
        }
        carrier.poll(timeout, kernel.poller().pollsOnVirtualThread());
        if (timeout != 0) {
            doorbell.awake();
        }
        return kernel.clock().nanoTime();
    }

    /** The system call. On the carrier thread or on the loop task, never elsewhere. */
    void pollNow(long timeoutNanos) {
        try {
            kernel.poller().poll(timeoutNanos, channels);
        } catch (IOException broken) {
            throw new UncheckedIOException("the poller of " + name + " failed", broken);
        }
        carrier.takeInterrupt();
    }

    /** Any thread: {@link InterruptBell}. It may ring late, when the run has just ended, and nobody else would see it. */
    void noteInterrupt() {
        interrupts.note();
        ring();
        if (!isRunning()) {
            carrier.giveBack(interrupts);
        }
    }

    /** Debug mode, on the bare carrier: only notes it, the next pass tells. */
    void taskStepped(@Nullable Thread thread, long tookNanos) {
        if (reporter.isSlow(tookNanos)) {
            String task = thread == null ? "a task" : "task " + thread.getName();
            ready.add(new Callback(() -> reporter.slow(task, tookNanos)));
        }
    }

    /** Also for the carrier when nothing can run: announces the sleep; true when there was mail after all. */
    boolean announceSleep() {
        doorbell.asleep();
        return !inbox.isEmpty();
    }

    void awakeAndTakeMail() {
        doorbell.awake();
        mail.moveAll();
    }

    /** What was queued or posted before the poll ended; what these queue waits for the next pass. */
    private int runReady() {
        if (interrupts.isDue()) {
            run(new Callback(interrupts::offer), "Exception while handling an interrupt");
        }
        int count = ready.size();
        for (int left = count; left > 0; left--) {
            Handle next = ready.poll();
            if (next instanceof Callback callback) {
                run(callback, "Exception in callback");
            } else if (next instanceof MailHandle moved) {
                mail.run(moved);
            }
        }
        return count + mail.run();
    }

    /** In a crowd: the tasks that were woken so far run, and their writes leave. */
    private void turnOfTasks() {
        if (carrier.hasRunnable()) {
            counters.tasksInTurns += carrier.runTasks();
            passEnd.callAll();
        }
    }

    /** What was due when the poll ended; what these schedule waits for the next pass, even when it is due at once. */
    private int runTimers(long now) {
        timers.moveDue(now, due);
        int count = due.size();
        for (Timer next; (next = due.poll()) != null; ) {
            run(next, "Exception in timer");
        }
        return count;
    }

    private void run(Callback handle, String onError) {
        long began = reporter.callbackBegins(kernel.clock());
        try {
            handle.run();
        } catch (Throwable escaped) {
            reporter.report(onError, escaped, "handle", handle);
        }
        reporter.callbackEnded(kernel.clock(), began, handle);
        handle.forget();
    }

    // ---- scheduling -----------------------------------------------------------------------------------------------

    public Handle callSoon(Runnable body) {
        checkUsable();
        Callback callback = new Callback(reporter.prepared(Objects.requireNonNull(body, "callback")));
        ready.add(callback);
        return callback;
    }

    /**
     * Any thread. Either the callback will run or this throws, also while the loop is being closed: before the last passes
     * {@link Ending} shuts this door, then takes what came through, and who finds the door shut behind itself takes its entry back.
     */
    public Handle callSoonThreadsafe(Runnable body) {
        Runnable prepared = reporter.prepared(Objects.requireNonNull(body, "callback"));
        if (doorbell.isShut()) {
            ending.admit();
        }
        MailHandle handle = inbox.put(prepared);
        ring();
        if (doorbell.isShut()) {
            carrier.rescue(inbox);
            ending.takeBack(handle.places, handle.place);
        }
        return handle;
    }

    /** @param when on the clock of {@link #time()} */
    public TimerHandle callAt(long when, Runnable body) {
        return addTimer(when, body);
    }

    private TimerHandle addTimer(long when, Runnable body) {
        checkUsable();
        return timers.add(when, reporter.prepared(Objects.requireNonNull(body, "callback")));
    }

    /** @param delayNanos clamped at 0, and at {@link Instants#LONGEST_DELAY} */
    public TimerHandle callLater(long delayNanos, Runnable body) {
        return addTimer(time() + Math.clamp(delayNanos, 0, Instants.LONGEST_DELAY), body);
    }

    /** Any thread: puts a continuation into the inbox and wakes the loop if it sleeps. */
    void post(ThreadMail mail) {
        inbox.put(mail);
        ring();
        if (doorbell.isShut()) {
            carrier.rescue(inbox);
        }
    }

    /** Any thread, after it has stored what the loop is to see: wakes it if it sleeps. */
    private void ring() {
        if (doorbell.mustRing()) {
            kernel.poller().wakeup();
            carrier.wake();
        }
    }

    /**
     * Runs at the end of this pass, after the tasks, or earlier when many wait: where writes of a pass are gathered. A listener
     * that asks while others are being called waits for the next pass.
     */
    public void atPassEnd(PassEndListener listener) {
        passEnd.add(listener);
    }

    // ---- channels -------------------------------------------------------------------------------------------------

    /** Starts to watch a stream socket or the end of a pipe. Nothing is dispatched before the listener wants it. */
    public Channel watch(NonBlockingIo io, ChannelListener listener) throws IOException {
        checkUsable();
        return channels.watch(io, listener);
    }

    Channels channels() {
        return channels;
    }

    // ---- life -----------------------------------------------------------------------------------------------------

    /** Any thread that is on no loop, while nobody else runs this one: it becomes the loop's; a virtual one lends another to the run. */
    public void runForever() {
        runForever(null);
    }

    /** @param onInterrupt what an interrupt means to this run; see {@link Interrupts#offerTo} */
    public void runForever(@Nullable BooleanSupplier onInterrupt) {
        checkOpen();
        Loop other = CurrentLoop.get();
        if (other == face) {
            throw new IllegalStateException("this event loop is already running: " + name);
        }
        if (other != null) {
            throw new IllegalStateException("event loop '" + other.name() + "' is running on this thread");
        }
        Thread caller = Thread.currentThread();
        PlatformThread.run(() -> run(caller, onInterrupt));
    }

    /** @param owner whose the loop is when it does not run */
    private void run(Thread owner, @Nullable BooleanSupplier onInterrupt) {
        ending.occupancy.beginRun();
        try {
            interrupts.offerTo(onInterrupt);
            members.enter(Thread.currentThread());
            carrier.run();
        } finally {
            stopping = false;
            interrupts.offerTo(null);
            members.enter(owner);
            ending.occupancy.endRun();
            carrier.giveBack(interrupts);
        }
    }

    /** Any thread. */
    public void stop() {
        stopping = true;
        ring();
    }

    // ---- for the end ----------------------------------------------------------------------------------------------

    /** The door is shut; called once, by who closes. */
    void shutDoor() {
        doorbell.shut();
    }

    /** What other threads got in before the door was shut. A put that is half done is waited for: it takes an instant. */
    void takeLastMail() {
        mail.moveLast();
    }

    void abortChannels() {
        channels.abortAll(reporter);
    }

    boolean hasLastWork() {
        return channels.size() > 0 || !ready.isEmpty() || !inbox.isEmpty();
    }

    void letGo() {
        try {
            carrier.close(inbox);
            channels.closeAll();
            ready.clear();
            timers.clear();
        } finally {
            kernel.close();
        }
    }

    /** Callbacks, timers, tasks that are made from now on remember where; steps are timed one by one. */
    public void setDebug(boolean on) {
        checkLoopThread();
        reporter.setDebug(on);
        carrier.setDebug(on);
    }

    // ---- who is asking --------------------------------------------------------------------------------------------

    /** First line of every method that is for the loop's own thread. */
    public void checkUsable() {
        checkLoopThread();
        checkOpen();
    }

    private void checkOpen() {
        if (isClosed()) {
            throw new LoopClosedException(name);
        }
    }

    /** @throws dev.matryoshka.loop.WrongThreadException from any other thread */
    public void checkLoopThread() {
        members.check();
    }

    /** Any thread. */
    public boolean isLoopThread() {
        return members.includesCaller();
    }

    public Ending ending() {
        return ending;
    }

    /** What outer layers keep for this loop. Any thread. */
    public Attachments attachments() {
        return attachments;
    }

    public Members members() {
        return members;
    }

    public Carrier carrier() {
        return carrier;
    }

    public Loop face() {
        return face;
    }

    public String name() {
        return name;
    }

    public Kernel kernel() {
        return kernel;
    }

    public Reporter reporter() {
        return reporter;
    }

    /** Memory for work on arrays; returned within the callback. */
    public HeapPool heap() {
        return heap;
    }

    /** Of {@link ChunkPool#WRITE_BYTES}. */
    public ChunkPool chunks() {
        return chunks;
    }

    /** Of {@link ChunkPool#READ_BYTES}. */
    public ChunkPool readChunks() {
        return readChunks;
    }

    /** The one chunk that reads land in before they are lent to a protocol; valid until the next read. */
    public Chunk receiveChunk() {
        return receiveChunk;
    }

    public Inspector inspector() {
        return inspector;
    }

    public LoopCounters counters() {
        return counters;
    }

    /** Any thread. */
    public long time() {
        return kernel.clock().nanoTime();
    }

    /** Any thread. */
    public boolean isRunning() {
        return ending.occupancy.isRunning();
    }

    /** Any thread. */
    public boolean isClosed() {
        return ending.isClosed();
    }

    /** What would be lost if the loop ended now; for tests and introspection. */
    public LoopLoad load() {
        return new LoopLoad(
                ready.size(),
                timers.size(),
                channels.size(),
                members.taskCount(),
                chunks.inUse() + readChunks.inUse() + heap.inUse());
    }
}
