package dev.matryoshka.socket;

import static dev.matryoshka.socket.SocketPair.address;
import static dev.matryoshka.socket.SocketPair.ascii;
import static dev.matryoshka.socket.SocketPair.fresh;
import static dev.matryoshka.socket.SocketPair.listen;
import static dev.matryoshka.socket.SocketPair.noise;
import static dev.matryoshka.socket.SocketPair.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.engine.Handover;
import dev.matryoshka.kernel.faulty.Fault;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: whatever the system does to a socket has its name, and loses nothing that it did not break. Method: faults from a seed over
 * every kernel; the loop of the test checks that the kernel is used by the rules.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass
@MethodSource("dev.matryoshka.support.Net#fair")
class AsyncSocketFaultsTest {
    private static final int OFTEN_PERCENT = 30;

    private final Net net;

    AsyncSocketFaultsTest(Net net) {
        this.net = net;
    }

    private interface OnLoop {
        void run(TestLoop on) throws Exception;
    }

    private void under(Faults faults, OnLoop body) throws Exception {
        try (TestLoop on = TestLoop.over(FaultyKernel.provider(net.provider(), faults))) {
            on.run(() -> body.run(on));
        }
    }

    private static Faults hostile(long seed) {
        return Faults.seeded(seed)
                .percent(Fault.RECV_SHORT, OFTEN_PERCENT)
                .percent(Fault.SEND_SHORT, OFTEN_PERCENT)
                .percent(Fault.RECV_WOULD_BLOCK, OFTEN_PERCENT)
                .percent(Fault.SEND_WOULD_BLOCK, OFTEN_PERCENT)
                .percent(Fault.SPURIOUS_EVENT, OFTEN_PERCENT);
    }

    @Test
    void cancelsAtAnyTimeLoseAndDoubleNothing() throws Exception {
        for (int seed = 1; seed <= 4; seed++) {
            Random random = new Random(seed);
            under(hostile(seed), on -> {
                try (SocketPair pair = SocketPair.open(on, 8 * 1024)) {
                    byte[] bytes = noise(60_000, 3);
                    ByteBuffer source = ByteBuffer.wrap(bytes);
                    ByteBuffer target = ByteBuffer.allocate(bytes.length);
                    Task<Integer> writer = on.loop.createTask(() -> sendStubbornly(pair.client(), source));
                    Task<Integer> reader = on.loop.createTask(() -> recvStubbornly(pair.server(), target));
                    on.passes(1);
                    while (!reader.isDone()) {
                        (random.nextBoolean() ? reader : writer).cancel();
                        on.passes(random.nextInt(3));
                    }
                    assertThat(reader.await() + writer.await())
                            .as("cancels that were felt")
                            .isPositive();
                    assertThat(target.array()).isEqualTo(bytes);
                }
            });
        }
    }

    private static int sendStubbornly(AsyncSocket socket, ByteBuffer source) throws IOException {
        int cancels = 0;
        while (source.hasRemaining()) {
            try {
                socket.sendAll(source);
            } catch (InterruptedException cancelled) {
                cancels++;
            }
        }
        return cancels;
    }

    private static int recvStubbornly(AsyncSocket socket, ByteBuffer target) throws IOException {
        int cancels = 0;
        while (target.hasRemaining()) {
            try {
                if (target.position() % 2 == 0) {
                    socket.recvInto(target);
                } else {
                    target.put(socket.recv(Math.min(999, target.remaining())));
                }
            } catch (InterruptedException cancelled) {
                cancels++;
            }
        }
        return cancels;
    }

    @Test
    void withoutDescriptorsAcceptFailsAndTheConnectionStays() throws Exception {
        under(Faults.seeded(0).at(Fault.ACCEPT_EXHAUSTED, 1), on -> {
            try (AsyncSocket listener = listen(on);
                    AsyncSocket client = fresh(on)) {
                client.connect(address(listener));
                assertThatThrownBy(listener::accept)
                        .isInstanceOf(IOException.class)
                        .isNotInstanceOf(SocketException.class)
                        .hasMessageContaining("EMFILE");
                try (AsyncSocket server = listener.accept()) {
                    assertThat(server.remoteAddress()).isEqualTo(client.localAddress());
                }
            }
        });
    }

    /** asyncio's B6. */
    @Test
    void aConnectionThatDiedInTheQueueIsSkipped() throws Exception {
        under(Faults.seeded(0).at(Fault.ACCEPT_ABORTED, 1), on -> {
            try (AsyncSocket listener = listen(on);
                    AsyncSocket first = fresh(on);
                    AsyncSocket second = fresh(on)) {
                first.connect(address(listener));
                second.connect(address(listener));
                try (AsyncSocket server = listener.accept()) {
                    assertThat(server.remoteAddress()).isEqualTo(second.localAddress());
                }
            }
        });
    }

    @Test
    void aResetWhileReceivingStaysWhileTheOtherDirectionIsTheSystemsBusiness() throws Exception {
        under(Faults.seeded(0).at(Fault.RECV_RESET, 1), on -> {
            try (SocketPair pair = SocketPair.open(on)) {
                pair.client().sendAll(ascii("hello"));
                for (int i = 0; i < 3; i++) {
                    assertThatThrownBy(() -> pair.server().recv(9))
                            .isInstanceOf(SocketException.class)
                            .hasMessageContaining("ECONNRESET");
                }
            }
        });
    }

    @Test
    void aResetWhileSendingIsBroken() throws Exception {
        under(Faults.seeded(0).at(Fault.SEND_RESET, 1), on -> {
            try (SocketPair pair = SocketPair.open(on)) {
                ByteBuffer source = ByteBuffer.wrap(ascii("hello"));
                assertThatThrownBy(() -> pair.client().sendAll(source))
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("ECONNRESET");
                assertThat(source.position()).isZero();
            }
        });
    }

    @Test
    void aConnectThatIsRefusedOnItsWaySaysWhere() throws Exception {
        under(Faults.seeded(0).at(Fault.CONNECT_REFUSED, 1), on -> {
            try (AsyncSocket listener = listen(on);
                    AsyncSocket client = fresh(on)) {
                assertThatThrownBy(() -> client.connect(address(listener)))
                        .isInstanceOf(ConnectException.class)
                        .hasMessageContaining("127.0.0.1");
            }
        });
    }

    @Test
    void withoutDescriptorsNoSocketIsOpened() throws Exception {
        under(Faults.seeded(0).at(Fault.OPEN_EXHAUSTED, 1), on -> {
            assertThatThrownBy(() -> fresh(on)).isInstanceOf(IOException.class).hasMessageContaining("EMFILE");
            try (SocketPair pair = SocketPair.open(on)) {
                pair.client().sendAll(ascii("now there is room"));
                assertThat(text(pair.server().recv(99))).isEqualTo("now there is room");
            }
        });
    }

    @Test
    void handingOverAndClosingKeepToTheRules() throws Exception {
        under(Faults.seeded(0), on -> {
            AsyncSocket never = fresh(on);
            never.close();
            never.close();
            AsyncSocket listener = listen(on);
            SocketPair pair = SocketPair.open(on);
            Task<AsyncSocket> accepting = on.loop.createTask(listener::accept);
            on.passes(2);
            listener.close();
            listener.close();
            assertThatThrownBy(accepting::await).isInstanceOf(IOException.class);
            Handover.detach(pair.client()).close();
            pair.close();
        });
    }
}
