package dev.matryoshka.engine;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.ReadySink;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.Watchable;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A kernel whose readiness a test dictates and whose calls a test counts. It has no network; the memory kernel has.
 *
 * <p>On virtual time a poll that would wait for a timer moves the clock there instead, so a day passes at once.
 */
public final class ScriptedKernel implements Kernel, Poller {
    /** One event that the next poll reports. */
    private record Event(long token, int readiness) {}

    private final boolean virtualTime;
    private final AtomicLong now = new AtomicLong(1_000_000_000L);
    private final Queue<Event> events = new ArrayDeque<>();
    private final Semaphore wakeup = new Semaphore(0);
    private final SystemCalls calls = new SystemCalls();

    /** Calls of {@link #wakeup()}: from any thread. */
    public final AtomicInteger wakeups = new AtomicInteger();

    /** Calls of {@link #poll}. */
    public final AtomicInteger polls = new AtomicInteger();

    /** Polls that were allowed to wait. */
    public final AtomicInteger waits = new AtomicInteger();

    /** What the last poll was allowed to wait. */
    public volatile long lastTimeoutNanos;

    public volatile boolean closed;

    /** Thrown by the next poll. */
    public volatile @Nullable Throwable pollFailure;

    private volatile CountDownLatch asleep = new CountDownLatch(1);

    private ScriptedKernel(boolean virtualTime) {
        this.virtualTime = virtualTime;
    }

    public static ScriptedKernel onVirtualTime() {
        return new ScriptedKernel(true);
    }

    public static ScriptedKernel onRealTime() {
        return new ScriptedKernel(false);
    }

    // ---- what a test does -----------------------------------------------------------------------------------------

    /** Loop thread, or before the loop runs: the next poll reports this. */
    public void nextPollReports(long token, int readiness) {
        events.add(new Event(token, readiness));
    }

    /** Any thread: moves the virtual clock. */
    public void pushClock(long nanos) {
        now.addAndGet(nanos);
    }

    /** Waits until the loop sleeps in a poll without limit. */
    public void awaitAsleep() throws InterruptedException {
        if (!asleep.await(30, TimeUnit.SECONDS)) {
            throw new AssertionError("the loop never slept");
        }
    }

    // ---- the kernel -----------------------------------------------------------------------------------------------

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public Clock clock() {
        return virtualTime ? now::get : System::nanoTime;
    }

    @Override
    public Poller poller() {
        return this;
    }

    @Override
    public NonBlockingSocket openStream(StandardProtocolFamily family) {
        return new FakeSocket();
    }

    @Override
    public NonBlockingDatagramSocket openDatagram(StandardProtocolFamily family) {
        throw new UnsupportedOperationException("no datagrams here");
    }

    @Override
    public Chunk allocate(int sizeBytes) {
        return new Chunk(ByteBuffer.allocateDirect(sizeBytes), 0);
    }

    @Override
    public SystemCalls systemCalls() {
        return calls;
    }

    @Override
    public void close() {
        closed = true;
    }

    // ---- the poller -----------------------------------------------------------------------------------------------

    @Override
    public void register(Watchable watchable, long token) {
        calls.control++;
    }

    @Override
    public void interest(Watchable watchable, int interest) {
        ((FakeSocket) watchable).interest = interest;
    }

    @Override
    public void deregister(Watchable watchable) {
        ((FakeSocket) watchable).deregistered = true;
    }

    @Override
    public int poll(long timeoutNanos, ReadySink sink) {
        polls.incrementAndGet();
        lastTimeoutNanos = timeoutNanos;
        throwScripted();
        int count = events.size();
        if (count == 0 && timeoutNanos != 0) {
            waits.incrementAndGet();
            sleep(timeoutNanos);
        }
        wakeup.drainPermits();
        for (Event event; (event = events.poll()) != null; ) {
            sink.ready(event.token, event.readiness);
        }
        return count;
    }

    private void throwScripted() {
        Throwable failure = pollFailure;
        pollFailure = null;
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failure instanceof Error error) {
            throw error;
        }
    }

    private void sleep(long timeoutNanos) {
        if (virtualTime && timeoutNanos > 0) {
            if (!wakeup.tryAcquire()) {
                now.addAndGet(timeoutNanos);
            }
            return;
        }
        try {
            if (timeoutNanos < 0) {
                asleep.countDown();
                wakeup.acquire();
                asleep = new CountDownLatch(1);
            } else {
                wakeup.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void wakeup() {
        wakeups.incrementAndGet();
        wakeup.release();
    }

    @Override
    public boolean pollsOnVirtualThread() {
        return false;
    }
}
