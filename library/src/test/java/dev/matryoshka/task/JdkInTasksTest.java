package dev.matryoshka.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.support.Refusing;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: what the JDK offers to threads works in tasks: they park, the loop goes on, and they are woken, from the same loop
 * and from other threads.
 *
 * <p>Method: each facility between two tasks of one loop, most of them also with a foreign thread; on real time, because the
 * JDK's own clock is not ours to push. That the loop goes on meanwhile is shown by a callback that does what the waiting
 * task waits for.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JdkInTasksTest {
    private final List<String> log = new ArrayList<>();

    @Test
    void aReentrantLockAndItsConditionWork() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            ReentrantLock lock = new ReentrantLock();
            Condition changed = lock.newCondition();
            boolean[] ready = new boolean[1];
            rig.run(() -> {
                Task<Void> waiting = Task.create(rig.loop, null, () -> {
                    lock.lock();
                    try {
                        while (!ready[0]) {
                            changed.await();
                        }
                        log.add("signalled");
                    } finally {
                        lock.unlock();
                    }
                    return null;
                });
                Task.yield();
                lock.lock();
                try {
                    ready[0] = true;
                    changed.signalAll();
                    Task.yield(); // parks with the lock held: the other has to wait for it
                    log.add("unlocking");
                } finally {
                    lock.unlock();
                }
                return waiting.await();
            });
            assertThat(log).containsExactly("unlocking", "signalled");
        }
    }

    @Test
    void synchronizedWaitAndNotifyWork() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            Object monitor = new Object();
            boolean[] ready = new boolean[1];
            rig.run(() -> {
                Task<Void> waiting = Task.create(rig.loop, null, () -> {
                    synchronized (monitor) {
                        while (!ready[0]) {
                            monitor.wait();
                        }
                        log.add("notified");
                    }
                    return null;
                });
                Task.yield();
                synchronized (monitor) {
                    ready[0] = true;
                    monitor.notifyAll();
                    Task.yield(); // unmounts inside synchronized
                    log.add("leaving");
                }
                return waiting.await();
            });
            assertThat(log).containsExactly("leaving", "notified");
        }
    }

    @Test
    void aSemaphoreHandsOnItsPermitsInOrder() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            Semaphore permits = new Semaphore(1, true);
            rig.run(() -> {
                TaskGroup.run(group -> {
                    for (int i = 0; i < 5; i++) {
                        int number = i;
                        group.createTask(() -> {
                            permits.acquire();
                            Task.yield();
                            log.add("" + number);
                            permits.release();
                        });
                    }
                });
                return null;
            });
            assertThat(log).containsExactly("0", "1", "2", "3", "4");
        }
    }

    @Test
    void blockingQueuesWorkBetweenTasksAndThreads() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            int count = 1_000;
            for (BlockingQueue<Integer> queue :
                    List.of(new ArrayBlockingQueue<Integer>(3), new SynchronousQueue<Integer>())) {
                int sum = rig.run(() -> {
                    Task.create(rig.loop, null, () -> {
                        for (int i = 0; i < count; i++) {
                            queue.put(1);
                        }
                        return null;
                    });
                    Thread foreign = Thread.ofPlatform().start(() -> {
                        try {
                            for (int i = 0; i < count; i++) {
                                queue.put(2);
                            }
                        } catch (InterruptedException stopped) {
                            log.add("stopped");
                        }
                    });
                    int total = 0;
                    for (int i = 0; i < 2 * count; i++) {
                        total += queue.take();
                    }
                    foreign.join();
                    return total;
                });
                assertThat(sum).isEqualTo(3 * count);
            }
        }
    }

    @Test
    void aCountDownLatchIsOpenedByACallback() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            CountDownLatch latch = new CountDownLatch(2);
            rig.run(() -> {
                rig.loop.callSoon(latch::countDown);
                rig.loop.callLater(Duration.ofMillis(2), latch::countDown);
                assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
                return null;
            });
        }
    }

    @Test
    void timedWaitsOfTheJdkEndAndTheLoopGoesOnMeanwhile() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            rig.run(() -> {
                rig.loop.callLater(Duration.ofMillis(1), () -> log.add("callback"));
                long began = System.nanoTime();
                LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
                assertThat(new Semaphore(0).tryAcquire(5, TimeUnit.MILLISECONDS))
                        .isFalse();
                synchronized (log) {
                    log.wait(5);
                }
                assertThat(System.nanoTime() - began)
                        .isGreaterThan(Duration.ofMillis(9).toNanos());
                return null;
            });
            assertThat(log).containsExactly("callback");
        }
    }

    @Test
    void aCompletableFutureIsCompletedByACallbackAThreadAndTheCommonPool() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            rig.run(() -> {
                CompletableFuture<String> byCallback = new CompletableFuture<>();
                rig.loop.callSoon(() -> byCallback.complete("callback"));
                assertThat(byCallback.get()).isEqualTo("callback");
                CompletableFuture<String> byThread = new CompletableFuture<>();
                Thread.ofPlatform().start(() -> byThread.complete("thread"));
                assertThat(byThread.join()).isEqualTo("thread");
                assertThat(CompletableFuture.supplyAsync(() -> "pool").get(30, TimeUnit.SECONDS))
                        .isEqualTo("pool");
                return null;
            });
        }
    }

    @Test
    void aJavaNetSocketParksTheTaskAndNotTheLoop() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime();
                ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            rig.run(() -> {
                Task<Integer> reading = Task.create(rig.loop, null, () -> {
                    try (Socket accepted = server.accept()) {
                        return accepted.getInputStream().read();
                    }
                });
                Task.yield();
                try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
                    Task.sleep(Duration.ofMillis(1));
                    client.getOutputStream().write('A');
                    assertThat(reading.await()).isEqualTo('A');
                }
                return null;
            });
        }
    }

    @Test
    void cancellingATaskInterruptsTheJdkWaitsToo() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime();
                ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            rig.run(() -> {
                List<Task<?>> waiting = List.of(
                        Task.create(rig.loop, "latch", () -> {
                            new CountDownLatch(1).await();
                            return null;
                        }),
                        Task.create(rig.loop, "queue", () -> new SynchronousQueue<Integer>().take()),
                        Task.create(rig.loop, "future", () -> new CompletableFuture<Integer>().get()),
                        Task.create(rig.loop, "socket", server::accept),
                        Task.create(rig.loop, "monitor", () -> {
                            Object monitor = new Object();
                            synchronized (monitor) {
                                monitor.wait();
                            }
                            return null;
                        }));
                Task.yield();
                Task.yield();
                waiting.forEach(Task::cancel);
                for (Task<?> task : waiting) {
                    assertThatThrownBy(() -> task.get(30, TimeUnit.SECONDS))
                            .isInstanceOf(CancellationException.class)
                            .hasMessage(task.name() + " was cancelled");
                }
                return null;
            });
        }
    }

    @Test
    void aTimeoutAroundAReadOfAJavaNetSocketIsATimeout() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime();
                ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            assertThatThrownBy(() -> rig.run(() -> dev.matryoshka.task.Timeout.within(
                            Duration.ofMillis(2), () -> client.getInputStream().read())))
                    .isInstanceOf(TimeoutException.class);
        }
    }

    @Test
    void virtualThreadsThatATaskStartsAreCarriedByTheLoopTooAndEnd() throws Exception {
        try (LoopRig rig = LoopRig.onRealTime()) {
            int sum = rig.run(() -> {
                int total = 0;
                try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
                    List<Future<Integer>> jobs = new ArrayList<>();
                    for (int i = 0; i < 100; i++) {
                        int number = i;
                        jobs.add(executor.submit(() -> {
                            Thread.yield();
                            return number;
                        }));
                    }
                    for (var job : jobs) {
                        total += job.get();
                    }
                }
                return total;
            });
            assertThat(sum).isEqualTo(4_950);
        }
    }

    @Test
    void aSocketOperationThatFailsThrowsInTheTask() throws Exception {
        try (Refusing nobody = Refusing.open();
                LoopRig rig = LoopRig.onRealTime()) {
            InetSocketAddress address = nobody.address();
            assertThatThrownBy(() -> rig.run(() -> new Socket(address.getAddress(), address.getPort())))
                    .isInstanceOf(IOException.class);
        }
    }
}
