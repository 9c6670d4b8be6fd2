package dev.matryoshka.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.TaskGroup;
import dev.matryoshka.transport.Server;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: whoever looks into a loop sees what is there, from any thread, and most of all when the loop is stuck.
 *
 * <p>Method: loops with known tasks, connections and servers, looked at from a callback, a task, foreign threads, and while
 * they spin, block, rest or are closed.
 */
@Proves("W12")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SnapshotTest {
    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "NIO", "MEMORY"})
    void everythingThatALoopHoldsIsSeen(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.startServer((reader, writer) -> reader.readLine(), "127.0.0.1", 0);
                StreamConnection client = on.loop.openConnection("127.0.0.1", server.port());
                AsyncSocket socket = on.loop.openSocket();
                socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
                Task<Integer> receiver = on.loop.createTask("receiver", () -> socket.recv(1).length);
                Task<Void> sleeper = on.loop.createTask("sleeper", () -> Task.sleep(Duration.ofHours(1)));
                on.until("both have been accepted", () -> server.clientCount() == 2);
                on.passes(3);

                LoopSnapshot seen = on.loop.snapshot();

                assertThat(seen.stuck()).isNull();
                assertThat(seen.loop().state()).isEqualTo("running");
                assertThat(seen.loop().kernel()).isEqualTo(on.loop.kernelName());
                assertThat(seen.loop().timers()).isEqualTo(1);
                assertThat(seen.loop().channels()).isEqualTo(5);
                assertThat(seen.loop().tasks()).isEqualTo(5);
                assertThat(seen.servers()).singleElement().satisfies(it -> {
                    assertThat(it.state()).isEqualTo("serving");
                    assertThat(it.connections()).isEqualTo(2);
                    assertThat(it.addresses()).isEqualTo(server.addresses());
                });
                assertThat(seen.connections())
                        .extracting(ConnectionSnapshot::kind)
                        .containsExactlyInAnyOrder("transport", "transport", "transport", "socket");
                assertThat(seen.connections())
                        .filteredOn(it -> it.kind().equals("socket"))
                        .singleElement()
                        .satisfies(it -> {
                            assertThat(it.user()).isEqualTo("a task is receiving");
                            assertThat(it.state()).isEqualTo("connected");
                            assertThat(it.remote()).isEqualTo(socket.remoteAddress());
                            assertThat(it.local()).isEqualTo(socket.localAddress());
                        });
                assertThat(task(seen, "receiver").waitsFor()).isEqualTo("receiving on a socket");
                assertThat(task(seen, "sleeper").waitsFor()).isEqualTo("sleep of PT1H");
                assertThat(task(seen, "test").state()).isEqualTo(Thread.State.RUNNABLE);
                assertThat(task(seen, "receiver").stack())
                        .anyMatch(frame -> frame.getMethodName().equals("recv"));

                sleeper.cancel();
                receiver.cancel();
                client.close();
                socket.close();
                server.close();
                server.waitClosed();
            });
        }
    }

    @Test
    void buffersPausesAndByteCountsOfATransportAreSeen() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                pair.serverTransport().pauseReading();
                pair.clientTransport().write(ByteBuffer.allocate(2_000_000));
                on.passes(3);
                ConnectionSnapshot client =
                        connection(on, pair.clientTransport().localAddress());
                ConnectionSnapshot server =
                        connection(on, pair.serverTransport().localAddress());
                long held = pair.clientTransport().writeBufferSize();
                assertThat(held).isPositive();
                assertThat(client.traffic().writeBuffered()).isEqualTo(held);
                assertThat(client.traffic().bytesOut()).isEqualTo(2_000_000 - held);
                assertThat(client.traffic().writingPaused()).isTrue();
                assertThat(client.traffic().readingPaused()).isFalse();
                assertThat(server.traffic().readingPaused()).isTrue();
                assertThat(server.user()).endsWith("Recorder");
                assertThat(server.state()).isEqualTo("OPEN");
                assertThat(client.age()).isGreaterThanOrEqualTo(Duration.ZERO);
                pair.end(on);
            });
        }
    }

    @Test
    void whoWaitsForWhomIsSeen() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Task<Void> first = on.loop.createTask("first", () -> Task.sleep(Duration.ofHours(1)));
                Task<Void> second = on.loop.createTask("second", () -> {
                    first.await();
                });
                Task<Void> holder = on.loop.createTask(
                        "holder",
                        () -> TaskGroup.run(group -> {
                            group.createTask("member", () -> {
                                second.await();
                                return null;
                            });
                        }));
                on.passes(3);
                LoopSnapshot seen = on.loop.snapshot();
                assertThat(task(seen, "second").awaits())
                        .isEqualTo(task(seen, "first").id());
                assertThat(task(seen, "second").waitsFor()).isEqualTo("task first");
                assertThat(task(seen, "member").holder())
                        .isEqualTo(task(seen, "holder").id());
                assertThat(task(seen, "holder").waitsFor()).isEqualTo("TaskGroup[1 tasks]");
                assertThat(task(seen, "first").awaits()).isZero();
                assertThat(task(seen, "first").holder()).isZero();
                holder.cancel();
                first.cancel();
                on.passes(5);
            });
        }
    }

    @Test
    void aForeignThreadAndATaskOfAnotherLoopMayLook() throws Exception {
        CountDownLatch looked = new CountDownLatch(1);
        try (Spinning target = Spinning.quiet()) {
            LoopSnapshot fromHere = target.loop.snapshot();
            assertThat(task(fromHere, "main").state()).isEqualTo(Thread.State.WAITING);
            assertThat(fromHere.stuck()).isNull();
            LoopSnapshot fromThere = EventLoop.call(other -> target.loop.snapshot());
            assertThat(fromThere.tasks()).extracting(TaskSnapshot::name).containsExactly("main");
            Thread.ofVirtual().start(() -> {
                if (target.loop.snapshot().stuck() == null) {
                    looked.countDown();
                }
            });
            assertThat(looked.await(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aLoopThatSpinsInATaskSaysWhere() throws Exception {
        try (Spinning target = Spinning.inATask()) {
            LoopSnapshot seen = target.loop.snapshot(Duration.ZERO);
            assertThat(seen.loop().state()).isEqualTo("stuck");
            assertThat(seen.stuck()).isNotNull();
            assertThat(seen.stuck().thread()).isEqualTo("main");
            assertThat(seen.stuck().stack())
                    .anyMatch(frame -> frame.getMethodName().equals("spin"));
            assertThat(task(seen, "main").stack())
                    .anyMatch(frame -> frame.getMethodName().equals("spin"));
            assertThat(seen.ps()).contains("did not answer; 'main' is at").contains("spin(Spinning.java");
        }
    }

    @Test
    void aLoopThatSpinsInACallbackSaysWhere() throws Exception {
        try (Spinning target = Spinning.inACallback()) {
            LoopSnapshot seen = target.loop.snapshot(Duration.ZERO);
            assertThat(seen.stuck()).isNotNull();
            assertThat(seen.stuck().thread()).startsWith("matryoshka-");
            assertThat(seen.stuck().stack())
                    .anyMatch(frame -> frame.getMethodName().equals("spin"));
        }
    }

    @Test
    void aLoopWhoseCallbackIsParkedOnALockSaysWhere() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        lock.lock();
        try (Spinning target = Spinning.onLock(lock)) {
            while (lock.getQueueLength() == 0) {
                Thread.onSpinWait();
            }
            LoopSnapshot seen = target.loop.snapshot(Duration.ofMillis(1));
            assertThat(seen.stuck()).isNotNull();
            assertThat(seen.stuck().stack())
                    .anyMatch(frame -> frame.getMethodName().equals("waitForTheLock"));
            lock.unlock();
        }
    }

    @Test
    void anIdleLoopAndAClosedOneAreSeenWithoutAWait() throws Exception {
        EventLoop loop = EventLoop.open();
        Task<Void> parked = loop.createTask("parked", () -> Task.sleep(Duration.ofHours(1)));
        loop.callSoon(loop::stop);
        loop.runForever();
        LoopSnapshot idle = onAnotherThread(loop::snapshot);
        assertThat(idle.loop().state()).isEqualTo("idle");
        assertThat(task(idle, "parked").state()).isEqualTo(Thread.State.WAITING);
        assertThat(idle.stuck()).isNull();
        assertThat(loop.snapshot().tasks()).hasSize(1);
        loop.close();
        assertThat(parked.isCancelled()).isTrue();
        assertThat(onAnotherThread(loop::snapshot).loop().state()).isEqualTo("closed");
        assertThat(onAnotherThread(loop::snapshot).tasks()).isEmpty();
    }

    @Test
    void whatThrowsInItsTextDoesNotSpoilTheView() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Object rude = new Object() {
                    @Override
                    public String toString() {
                        throw new IllegalStateException("no");
                    }
                };
                Task<Void> parked = on.loop.createTask("parked", () -> {
                    LockSupport.park(rude);
                });
                on.passes(2);
                LoopSnapshot seen = on.loop.snapshot();
                assertThat(task(seen, "parked").waitsFor()).contains("SnapshotTest$");
                LockSupport.unpark(parked.thread());
                parked.await();
            });
        }
    }

    @Test
    void debugModeTellsWhereThingsWereMade() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                on.loop.setDebug(true);
                assertThat(on.loop.isDebug()).isTrue();
                Task<Void> late = on.loop.createTask("late", () -> Task.sleep(Duration.ofHours(1)));
                Server server = on.loop.startServer((reader, writer) -> {}, "127.0.0.1", 0);
                AsyncSocket socket = on.loop.openSocket();
                socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
                LoopSnapshot seen = on.loop.snapshot();
                assertThat(task(seen, "test").origin()).isNull();
                assertThat(task(seen, "late").origin()).contains("debugModeTellsWhereThingsWereMade");
                assertThat(seen.servers().getFirst().origin()).isNotNull();
                assertThat(seen.connections())
                        .filteredOn(it -> it.kind().equals("socket"))
                        .allSatisfy(it -> assertThat(it.origin()).isNotNull());
                on.loop.setDebug(false);
                late.cancel();
                socket.close();
                server.close();
                on.passes(5);
            });
        }
    }

    private static <T> T onAnotherThread(java.util.concurrent.Callable<T> call) throws Exception {
        FutureTask<T> job = new FutureTask<>(call);
        Thread thread = new Thread(job);
        thread.start();
        thread.join();
        return job.get();
    }

    private static TaskSnapshot task(LoopSnapshot snapshot, String name) {
        List<TaskSnapshot> named = snapshot.tasks().stream()
                .filter(task -> task.name().equals(name))
                .toList();
        assertThat(named).as(name).hasSize(1);
        return named.getFirst();
    }

    private static ConnectionSnapshot connection(TestLoop on, Object local) {
        return on.loop.snapshot().connections().stream()
                .filter(it -> local.equals(it.local()) && it.kind().equals("transport"))
                .findFirst()
                .orElseThrow();
    }
}
