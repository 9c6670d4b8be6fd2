package dev.matryoshka.socket;

import static dev.matryoshka.socket.SocketPair.address;
import static dev.matryoshka.socket.SocketPair.ascii;
import static dev.matryoshka.socket.SocketPair.deadAddress;
import static dev.matryoshka.socket.SocketPair.fresh;
import static dev.matryoshka.socket.SocketPair.listen;
import static dev.matryoshka.socket.SocketPair.noise;
import static dev.matryoshka.socket.SocketPair.recvExactly;
import static dev.matryoshka.socket.SocketPair.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.socket.SocketPair.FullListener;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a wait that is cancelled has taken nothing; asyncio's bugs B8 and B9, and the racing cancels of its test_sock_lowlevel.
 *
 * <p>Method: cancel at every distance from the event: before it, in its pass, after it. What is then missing or doubled is lost
 * or duplicated.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass
@MethodSource("dev.matryoshka.support.Net#fair")
class AsyncSocketCancelTest {
    private static final int DISTANCES = 5;

    private final Net net;

    AsyncSocketCancelTest(Net net) {
        this.net = net;
    }

    private static <T> Task<T> cancelled(TestLoop on, Callable<T> body) throws InterruptedException {
        Task<T> task = on.loop.createTask(body);
        on.passes(3);
        task.cancel();
        return task;
    }

    /** Starts a connect and cancels it while it waits. */
    private static void cancelConnect(TestLoop on, AsyncSocket client, SocketAddress address) throws Exception {
        Task<?> gone = cancelled(on, () -> {
            client.connect(address);
            return null;
        });
        assertThatThrownBy(gone::await).isInstanceOf(CancellationException.class);
    }

    @Proves(
            value = {"S-21", "sock_recv"},
            ports = {"test_sock_lowlevel.test_sock_client_racing", "test_events.test_prompt_cancellation"})
    @Test
    void aCancelledRecvLeavesTheBytesToTheNext() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    Task<byte[]> gone = cancelled(on, () -> pair.server().recv(9));
                    assertThatThrownBy(gone::await).isInstanceOf(CancellationException.class);
                    pair.client().sendAll(ascii("hello"));
                    assertThat(text(pair.server().recv(9))).isEqualTo("hello");
                }
            });
        }
    }

    @Test
    void aRecvThatIsCancelledAnywhereNearItsBytesLosesNone() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    for (int distance = 0; distance < DISTANCES; distance++) {
                        byte[] expected = ascii("message " + distance);
                        ByteBuffer buffer = ByteBuffer.allocateDirect(100);
                        Task<Integer> reader =
                                on.loop.createTask(() -> pair.server().recvInto(buffer));
                        on.passes(2);
                        pair.client().sendAll(expected);
                        on.passes(distance);
                        reader.cancel();
                        assertThat(afterCancel(reader, () -> pair.server().recvInto(buffer)))
                                .isEqualTo(expected.length);
                        assertThat(buffer.flip()).isEqualTo(ByteBuffer.wrap(expected));
                    }
                }
            });
        }
    }

    @Test
    void aCancelledAwaitReadableTakesNothing() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    for (int distance = 0; distance < DISTANCES; distance++) {
                        byte[] expected = ascii("message " + distance);
                        Task<?> reader = on.loop.createTask(() -> pair.server().awaitReadable());
                        on.passes(2);
                        pair.client().sendAll(expected);
                        on.passes(distance);
                        reader.cancel();
                        try {
                            reader.await();
                        } catch (CancellationException cancelled) {
                            pair.server().awaitReadable();
                        }
                        assertThat(recvExactly(pair.server(), expected.length)).isEqualTo(expected);
                    }
                }
            });
        }
    }

    /** Exactly one of the two has it: the task that was cancelled, or the next call. */
    private static <T> T afterCancel(Task<? extends T> task, Callable<? extends T> next) throws Exception {
        try {
            return task.await();
        } catch (CancellationException gone) {
            return next.call();
        }
    }

    @Proves(
            value = {"B8", "sock_accept"},
            ports = "test_sock_lowlevel.test_cancel_sock_accept")
    @Test
    void anAcceptThatIsCancelledAnywhereNearItsConnectionLosesNone() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = listen(on)) {
                    for (int distance = 0; distance < DISTANCES; distance++) {
                        Task<AsyncSocket> accepting = on.loop.createTask(listener::accept);
                        on.passes(2);
                        try (AsyncSocket client = fresh(on)) {
                            client.connect(address(listener));
                            on.passes(distance);
                            accepting.cancel();
                            try (AsyncSocket server = afterCancel(accepting, listener::accept)) {
                                assertThat(server.remoteAddress()).isEqualTo(client.localAddress());
                            }
                        }
                    }
                }
            });
        }
    }

    @Proves(value = "sock_accept", ports = "test_sock_lowlevel.test_cancel_sock_accept")
    @Test
    void aListenerWhoseAcceptTimedOutCanBeClosed() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AsyncSocket listener = listen(on);
                SocketAddress address = address(listener);
                assertThatThrownBy(() -> dev.matryoshka.task.Timeout.within(Duration.ofMillis(1), listener::accept))
                        .isInstanceOf(TimeoutException.class);
                listener.close();
                on.passes(1);
                try (AsyncSocket client = fresh(on)) {
                    assertThatThrownBy(() -> client.connect(address)).isInstanceOf(ConnectException.class);
                }
            });
        }
    }

    @Proves(value = "sock_sendall", ports = "test_sock_lowlevel.test_sock_client_racing")
    @Test
    void aBlockedSendAllThatIsCancelledTellsWhatItSentAndTheNextIsDeliveredWhole() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on, 8 * 1024)) {
                    byte[] hello = noise(4 << 20, 5);
                    ByteBuffer source = ByteBuffer.wrap(hello);
                    Task<?> gone = cancelled(on, () -> {
                        pair.client().sendAll(source);
                        return null;
                    });
                    assertThatThrownBy(gone::await).isInstanceOf(CancellationException.class);
                    int sent = source.position();
                    assertThat(sent).isBetween(1, hello.length - 1);
                    Task<?> next = on.loop.createTask(() -> pair.client().sendAll(ascii("world")));
                    assertThat(recvExactly(pair.server(), sent)).isEqualTo(Arrays.copyOf(hello, sent));
                    assertThat(text(recvExactly(pair.server(), 5))).isEqualTo("world");
                    next.await();
                }
            });
        }
    }

    /** A second on real kernels: the one that found no room is heard when it asks again (RFC 6298, 2.1). */
    @Test
    void aConnectThatIsCancelledGoesOnAndIsFinishedByTheNext() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (FullListener full = FullListener.open(on);
                        AsyncSocket client = fresh(on)) {
                    cancelConnect(on, client, full.address());
                    assertThat(client.isOpen()).isTrue();
                    assertThat(client.remoteAddress()).isNull();
                    assertThatThrownBy(() -> client.recv(1)).isInstanceOf(IllegalStateException.class);
                    cancelConnect(on, client, full.address());
                    full.takeQueued();
                    client.connect(full.address());
                    assertThat(client.remoteAddress()).isEqualTo(full.address());
                    try (AsyncSocket server = full.listener().accept()) {
                        client.sendAll(ascii("hello"));
                        assertThat(text(server.recv(9))).isEqualTo("hello");
                    }
                }
            });
        }
    }

    @Proves(
            value = {"B9", "sock_connect"},
            ports = "test_sock_lowlevel.test_sock_client_connect_racing")
    @Test
    void aConnectThatIsCancelledAnywhereNearItsEndIsFinishedByTheNext() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                SocketAddress dead = deadAddress(on);
                try (AsyncSocket listener = listen(on)) {
                    for (int distance = 0; distance < DISTANCES; distance++) {
                        try (AsyncSocket client = fresh(on);
                                AsyncSocket refused = fresh(on)) {
                            connectWithCancelAt(on, client, address(listener), distance);
                            assertThat(client.remoteAddress()).isEqualTo(address(listener));
                            assertThatThrownBy(() -> connectWithCancelAt(on, refused, dead, 1))
                                    .isInstanceOf(ConnectException.class);
                        }
                    }
                }
            });
        }
    }

    private static void connectWithCancelAt(TestLoop on, AsyncSocket client, SocketAddress address, int distance)
            throws Exception {
        Task<?> connecting = on.loop.createTask(() -> client.connect(address));
        on.passes(distance);
        boolean mayHaveBegun = distance > 0;
        connecting.cancel();
        afterCancel(connecting, () -> {
            on.passes(mayHaveBegun ? 1 : 0);
            client.connect(address);
            return null;
        });
    }

    @Test
    void aCancelledConnectIsNotTurnedToAnotherAddress() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (FullListener full = FullListener.open(on);
                        AsyncSocket other = listen(on);
                        AsyncSocket client = fresh(on)) {
                    cancelConnect(on, client, full.address());
                    assertThatThrownBy(() -> client.connect(address(other)))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining(address(other).toString())
                            .hasMessageContaining(full.address().toString());
                }
            });
        }
    }

    @Test
    void aCancelledConnectIsNotTurnedToTheSameAddressOnAnotherLink() throws Exception {
        assumeTrue(net == Net.MEMORY, "needs a host that never answers");
        MemoryNetwork network = new MemoryNetwork().addSilentHost(InetAddress.ofLiteral("fe80::1"));
        try (TestLoop on = TestLoop.over(network)) {
            on.run(() -> {
                try (AsyncSocket client = on.loop.openSocket(StandardProtocolFamily.INET6)) {
                    cancelConnect(on, client, new InetSocketAddress(InetAddress.ofLiteral("fe80::1%1"), 9));
                    assertThatThrownBy(
                                    () -> client.connect(new InetSocketAddress(InetAddress.ofLiteral("fe80::1%2"), 9)))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("still on the way");
                }
            });
        }
    }

    /** B9: what is closed right after a cancel must not come back as an event of the next owner of its number. */
    @Proves("B9")
    @Test
    void aSocketThatIsClosedRightAfterItsConnectWasCancelledIsGone() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (FullListener full = FullListener.open(on);
                        AsyncSocket listener = listen(on)) {
                    for (int i = 0; i < 20; i++) {
                        AsyncSocket client = fresh(on);
                        cancelConnect(on, client, full.address());
                        client.close();
                        try (AsyncSocket next = fresh(on)) {
                            next.connect(address(listener));
                            assertThat(next.remoteAddress()).isEqualTo(address(listener));
                            listener.accept().close();
                        }
                    }
                }
            });
        }
    }

    @Test
    void aCancelThatComesAfterTheCloseIsNoLongerAsked() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    Task<String> reader = on.loop.createTask(() -> {
                        try {
                            return text(pair.server().recv(9));
                        } catch (AsynchronousCloseException closed) {
                            return "closed";
                        } catch (IOException | InterruptedException other) {
                            return other.toString();
                        }
                    });
                    on.passes(2);
                    pair.server().close();
                    reader.cancel();
                    assertThat(reader.await()).isEqualTo("closed");
                }
            });
        }
    }
}
