package dev.matryoshka.socket;

import static dev.matryoshka.socket.SocketPair.noise;
import static dev.matryoshka.socket.SocketPair.recvExactly;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Spent;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: what a message costs, in system calls, objects and patience of the others. Method: counters, which have no noise. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AsyncSocketCostTest {
    private static final int MESSAGE_BYTES = 1000;

    private static final int ROUND_MESSAGES = 2_000;

    /** An object has 16 bytes at least: below that most messages cost none. */
    private static final int BYTES_PER_MESSAGE_MAX = 16;

    /** Serves until the end of the stream. */
    private static void echo(AsyncSocket socket) throws Exception {
        ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
        while (socket.recvInto(buffer.clear()) >= 0) {
            socket.sendAll(buffer.flip());
        }
    }

    /** The same, with a buffer that is lent to whoever has something to receive. */
    private static void echoWithoutABufferInWait(AsyncSocket socket) throws Exception {
        ByteBuffer shared = ByteBuffer.allocateDirect(64 * 1024);
        do {
            socket.awaitReadable();
        } while (echoOnce(socket, shared));
    }

    private static boolean echoOnce(AsyncSocket socket, ByteBuffer buffer) throws Exception {
        int received = socket.recvInto(buffer.clear());
        socket.sendAll(buffer.flip());
        return received >= 0;
    }

    private static void converse(AsyncSocket client, int messages) throws Exception {
        ByteBuffer question = ByteBuffer.allocateDirect(MESSAGE_BYTES);
        ByteBuffer answer = ByteBuffer.allocateDirect(MESSAGE_BYTES + 1);
        for (int i = 0; i < messages; i++) {
            client.sendAll(question.clear());
            answer.clear();
            while (answer.position() < MESSAGE_BYTES) {
                client.recvInto(answer);
            }
        }
    }

    private static void assertOneReceiveAndOneSendPerEcho(TestLoop on, AsyncSocket client) throws Exception {
        converse(client, 10);
        SystemCalls before = on.calls();
        converse(client, 500);
        SystemCalls spent = on.calls().since(before);
        assertThat(spent.recv).as("receives of both ends").isEqualTo(1000);
        assertThat(spent.send).as("sends of both ends").isEqualTo(1000);
        assertThat(spent.control).as("changes of registrations").isZero();
    }

    private static void assertNoObjectPerEcho(TestLoop on, AsyncSocket client) throws Exception {
        assertThat(Spent.bytesPerMessage(
                        on, ROUND_MESSAGES, BYTES_PER_MESSAGE_MAX, () -> converse(client, ROUND_MESSAGES)))
                .as("bytes allocated per echo")
                .isLessThan(BYTES_PER_MESSAGE_MAX);
    }

    @Proves({"S-21", "S-4"})
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anEchoIsOneReceiveAndOneSend(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    Task<?> server = on.loop.createTask(() -> echo(pair.server()));
                    assertOneReceiveAndOneSendPerEcho(on, pair.client());
                    pair.client().close();
                    server.await();
                }
            });
        }
    }

    @Test
    void toAwaitReadableFirstCostsNeitherACallNorAnObject() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        try (TestLoop on = TestLoop.unchecked(Net.EPOLL.provider())) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    Task<?> server = on.loop.createTask(() -> echoWithoutABufferInWait(pair.server()));
                    assertOneReceiveAndOneSendPerEcho(on, pair.client());
                    assertNoObjectPerEcho(on, pair.client());
                    pair.client().close();
                    server.await();
                }
            });
        }
    }

    @Test
    void aMessageCostsNoObject() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        try (TestLoop on = TestLoop.unchecked(Net.EPOLL.provider())) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    Task<?> server = on.loop.createTask(() -> echo(pair.server()));
                    assertNoObjectPerEcho(on, pair.client());
                    pair.client().close();
                    server.await();
                }
            });
        }
    }

    @Test
    void aTaskThatNeverHasToWaitLetsTheOthersRun() throws Exception {
        int total = 1 << 20;
        try (TestLoop on = TestLoop.over(new MemoryNetwork().windows(total, total))) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    pair.client().sendAll(noise(total, 9));
                    on.passes(2);
                    AtomicInteger others = new AtomicInteger();
                    long before = on.engine.counters().passes;
                    on.loop.callSoon(others::incrementAndGet);
                    for (int i = 0; i < total / 1024; i++) {
                        assertThat(recvExactly(pair.server(), 1024)).hasSize(1024);
                    }
                    int callsPerPass = Direction.SHARE_BYTES / (Direction.CALL_BYTES + 1024);
                    assertThat(on.engine.counters().passes - before).isGreaterThanOrEqualTo(1024 / callsPerPass - 2);
                    assertThat(others.get()).isEqualTo(1);
                }
            });
        }
    }

    @Test
    void aPassSeesTheRestOfAShareAndAWholeOneAtMost() throws Exception {
        int callsPerShare = Direction.SHARE_BYTES / Direction.CALL_BYTES;
        try (TestLoop on = TestLoop.over(new MemoryNetwork())) {
            on.run(() -> {
                Direction direction = new Direction(on.engine, "testing");
                for (int i = 0; i < 10; i++) {
                    assertThat(direction.hasShare()).isTrue();
                    direction.spend(0);
                }
                on.passes(2);
                assertThat(callsOfAPass(direction)).isEqualTo(callsPerShare - 10 + callsPerShare);
                on.passes(2);
                assertThat(callsOfAPass(direction)).isEqualTo(callsPerShare);
            });
        }
    }

    private static int callsOfAPass(Direction direction) {
        int calls = 0;
        while (direction.hasShare()) {
            direction.spend(0);
            calls++;
        }
        return calls;
    }

    @Test
    void aTaskThatNeverHasToWaitCanBeCancelledAndLosesNothing() throws Exception {
        int total = 1 << 20;
        try (TestLoop on = TestLoop.over(new MemoryNetwork().windows(total, total))) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    byte[] all = noise(total, 10);
                    pair.client().sendAll(all);
                    on.passes(2);
                    ByteBuffer received = ByteBuffer.allocate(total);
                    Task<?> reader = on.loop.createTask(() -> {
                        while (received.hasRemaining()) {
                            received.put(pair.server().recv(1024));
                        }
                    });
                    on.passes(3);
                    reader.cancel();
                    assertThatThrownBy(reader::await).isInstanceOf(CancellationException.class);
                    assertThat(received.position()).isBetween(1024, total - 1);
                    received.put(recvExactly(pair.server(), received.remaining()));
                    assertThat(received.array()).isEqualTo(all);
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void bytesThatNobodyWaitsForDoNotKeepTheLoopAwake(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    pair.client().sendAll(noise(100, 11));
                    on.passes(5);
                    long before = on.engine.counters().passes;
                    Task.sleep(Duration.ofMillis(20));
                    assertThat(on.engine.counters().passes - before)
                            .as("passes while asleep")
                            .isLessThan(6);
                    assertThat(recvExactly(pair.server(), 100)).hasSize(100);
                }
            });
        }
    }
}
