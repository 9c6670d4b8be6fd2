package dev.matryoshka.benchmarks.micro;

import dev.matryoshka.EventLoop;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A loop that turns on a thread of its own for as long as a trial lasts. */
@State(Scope.Benchmark)
public class LoopUnderTest {
    @SuppressWarnings("NullAway.Init") // set on its thread, before start() returns
    EventLoop loop;

    private Thread thread;

    /** Opens it, on the thread that will turn it. */
    EventLoop open() {
        return EventLoop.open();
    }

    /** Starts it. */
    @Setup(Level.Trial)
    public void start() throws InterruptedException {
        CountDownLatch turning = new CountDownLatch(1);
        thread = Thread.ofPlatform().name("loop").start(() -> {
            loop = open();
            loop.callSoon(turning::countDown);
            loop.runForever();
            loop.close();
        });
        turning.await();
    }

    /** Runs a body as a task of the loop, and waits for it. */
    <T> T on(Callable<T> body) throws Exception {
        return loop.submit(body).get();
    }

    /** Stops it. */
    @TearDown(Level.Trial)
    public void stop() throws InterruptedException {
        loop.stop();
        thread.join();
    }
}
