package dev.matryoshka.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.task.Task;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;

/** A loop on a thread of its own that does one thing until it is closed: rest, spin, or wait for a lock. */
final class Spinning implements AutoCloseable {
    final EventLoop loop;
    private final Thread thread;
    private volatile boolean over;

    private Spinning(EventLoop loop, Runnable job) {
        this.loop = loop;
        this.thread = new Thread(() -> {
            job.run();
            loop.close();
        });
    }

    /** Its task waits for nothing that ever comes. */
    static Spinning quiet() throws InterruptedException {
        return start((it, begun) -> Task.submit(it.loop, "main", () -> {
            begun.countDown();
            new CountDownLatch(1).await();
            return 1;
        }));
    }

    static Spinning inATask() throws InterruptedException {
        return start((it, begun) -> Task.submit(it.loop, "main", () -> it.spin(begun)));
    }

    static Spinning inACallback() throws InterruptedException {
        return start((it, begun) -> it.loop.callSoonThreadsafe(() -> it.spin(begun)));
    }

    static Spinning onLock(Lock lock) throws InterruptedException {
        return start((it, begun) -> it.loop.callSoonThreadsafe(() -> waitForTheLock(lock, begun)));
    }

    private interface Deed {
        void give(Spinning to, CountDownLatch begun);
    }

    private static Spinning start(Deed deed) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        EventLoop loop = EventLoop.open();
        Spinning spinning = new Spinning(loop, loop::runForever);
        deed.give(spinning, begun);
        spinning.thread.start();
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        return spinning;
    }

    private int spin(CountDownLatch begun) {
        begun.countDown();
        while (!over) {
            Thread.onSpinWait();
        }
        return 1;
    }

    private static void waitForTheLock(Lock lock, CountDownLatch begun) {
        begun.countDown();
        lock.lock();
        lock.unlock();
    }

    @Override
    public void close() throws InterruptedException {
        over = true;
        loop.stop();
        thread.join(TimeUnit.SECONDS.toMillis(30));
        assertThat(thread.isAlive()).as("the loop has ended").isFalse();
    }
}
