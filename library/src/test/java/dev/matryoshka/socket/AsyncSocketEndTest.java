package dev.matryoshka.socket;

import static dev.matryoshka.socket.SocketPair.address;
import static dev.matryoshka.socket.SocketPair.ascii;
import static dev.matryoshka.socket.SocketPair.fresh;
import static dev.matryoshka.socket.SocketPair.listen;
import static dev.matryoshka.socket.SocketPair.noise;
import static dev.matryoshka.socket.SocketPair.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.EventLoop;
import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.Handover;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.BusyException;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.socket.SocketPair.FullListener;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Action;
import dev.matryoshka.task.Task;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: close wakes whoever waits, in every wait, and nothing comes afterwards. Over every kernel. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass
@ExtendWith(LeakCheck.class)
@MethodSource("dev.matryoshka.support.Net#fair")
class AsyncSocketEndTest {
    private final Net net;

    AsyncSocketEndTest(Net net) {
        this.net = net;
    }

    private static void closedWhile(TestLoop on, AsyncSocket socket, Action call) throws Exception {
        Task<?> waiting = on.loop.createTask(call);
        on.passes(3);
        assertThat(waiting.isDone()).isFalse();
        socket.close();
        assertThatThrownBy(waiting::await).isExactlyInstanceOf(AsynchronousCloseException.class);
        assertThatThrownBy(call::run).isExactlyInstanceOf(ClosedChannelException.class);
        assertThat(socket.isOpen()).isFalse();
        socket.close();
    }

    @Test
    void closeWakesARecv() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    closedWhile(on, pair.server(), () -> pair.server().recv(9));
                }
            });
        }
    }

    @Test
    void closeWakesARecvInto() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    closedWhile(on, pair.server(), () -> pair.server().recvInto(ByteBuffer.allocate(9)));
                }
            });
        }
    }

    @Test
    void closeWakesWhoAwaitsReadable() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    closedWhile(on, pair.server(), () -> pair.server().awaitReadable());
                }
            });
        }
    }

    @Test
    void shutdownInputWakesWhoAwaitsReadable() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    Task<?> waiting = on.loop.createTask(() -> pair.server().awaitReadable());
                    on.passes(2);
                    pair.server().shutdownInput();
                    waiting.await();
                    assertThat(pair.server().recvInto(ByteBuffer.allocate(9))).isEqualTo(-1);
                }
            });
        }
    }

    @Test
    void closeWakesAnAccept() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AsyncSocket listener = listen(on);
                closedWhile(on, listener, listener::accept);
            });
        }
    }

    @Test
    void closeWakesASend() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                byte[] large = noise(4 << 20, 6);
                try (SocketPair pair = SocketPair.open(on, 8 * 1024)) {
                    closedWhile(on, pair.client(), () -> pair.client().sendAll(large));
                }
                try (SocketPair pair = SocketPair.open(on, 8 * 1024)) {
                    ByteBuffer[] pieces = {ByteBuffer.wrap(large), ByteBuffer.wrap(large)};
                    closedWhile(on, pair.client(), () -> pair.client().sendAll(pieces));
                }
            });
        }
    }

    @Test
    void closeWakesAConnectInItsLookUp() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AsyncSocket client = fresh(on);
                CompletableFuture<List<InetAddress>> never = new CompletableFuture<>();
                closedWhile(
                        on,
                        client,
                        () -> client.connect(InetSocketAddress.createUnresolved("slow.test", 80), host -> never));
                assertThat(never).isCancelled();
            });
        }
    }

    @Test
    void closeWakesAConnectOnItsWay() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (FullListener full = FullListener.open(on)) {
                    AsyncSocket client = fresh(on);
                    closedWhile(on, client, () -> client.connect(full.address()));
                }
            });
        }
    }

    @Test
    void shutdownOutputStopsATaskThatIsSending() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on, 8 * 1024)) {
                    Task<?> sending = on.loop.createTask(() -> pair.client().sendAll(noise(4 << 20, 7)));
                    on.passes(3);
                    pair.client().shutdownOutput();
                    assertThatThrownBy(sending::await).isExactlyInstanceOf(AsynchronousCloseException.class);
                    assertThat(pair.client().isOpen()).isTrue();
                }
            });
        }
    }

    @Test
    void everythingOnAClosedSocketIsClosed() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AsyncSocket socket = fresh(on);
                socket.close();
                List<Action> calls = List.of(
                        () -> socket.bind(new InetSocketAddress(0)),
                        socket::listen,
                        socket::accept,
                        () -> socket.connect(new InetSocketAddress(SocketPair.LOOPBACK, 1)),
                        () -> socket.recv(1),
                        () -> socket.sendAll(new byte[1]),
                        socket::shutdownOutput,
                        socket::shutdownInput,
                        () -> socket.getOption(StandardSocketOptions.SO_RCVBUF));
                assertThat(calls)
                        .allSatisfy(call ->
                                assertThatThrownBy(call::run).isExactlyInstanceOf(ClosedChannelException.class));
                assertThat(socket).hasToString("AsyncSocket[INET, closed]");
            });
        }
    }

    @Test
    void theLoopsEndClosesWhatIsLeft() throws Exception {
        List<AsyncSocket> left = new ArrayList<>();
        List<Task<?>> waiting = new ArrayList<>();
        Class.forName(EventLoop.class.getName());
        EventLoop loop = (EventLoop) Engines.open(LoopOptions.defaults(), net.provider());
        loop.runUntilComplete(loop.createTask("leave", () -> {
            AsyncSocket listener = AsyncSocket.open(loop, StandardProtocolFamily.INET);
            listener.bind(new InetSocketAddress(SocketPair.LOOPBACK, 0));
            listener.listen();
            AsyncSocket client = AsyncSocket.open(loop, StandardProtocolFamily.INET);
            client.connect(address(listener));
            left.addAll(List.of(listener, client, AsyncSocket.open(loop, StandardProtocolFamily.INET)));
            waiting.add(loop.createTask(() -> client.recv(1)));
            Task.yield();
            Task.yield();
        }));
        loop.close();
        assertThat(waiting.getFirst().isCancelled()).isTrue();
        assertThat(left.get(0).isOpen()).isFalse();
        assertThat(left.get(1).isOpen()).isFalse();
        left.forEach(AsyncSocket::close);
        assertThatThrownBy(() -> AsyncSocket.open(loop, StandardProtocolFamily.INET))
                .isInstanceOf(LoopClosedException.class);
    }

    @Proves(value = "create_connection_sock", ports = "test_sock_lowlevel.test_create_connection_sock")
    @Test
    void aConnectedSocketCanBeHandedOver() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    pair.client().sendAll(ascii("early"));
                    on.passes(3);
                    NonBlockingSocket inside = Handover.detach(pair.server());
                    assertThat(pair.server().isOpen()).isFalse();
                    assertThatThrownBy(() -> pair.server().recv(1))
                            .isExactlyInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("handed over");
                    assertThatThrownBy(() -> Handover.detach(pair.server())).isInstanceOf(IllegalStateException.class);
                    Channel channel = on.engine.watch(inside, new Nothing());
                    channel.wantRead(true);
                    on.until("the bytes are seen by the new owner", channel::isReadable);
                    ByteBuffer buffer = ByteBuffer.allocate(9);
                    assertThat(channel.recv(buffer)).isEqualTo(5);
                    channel.close();
                }
            });
        }
    }

    @Test
    void aSocketInUseIsNotHandedOver() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    Task<byte[]> reader = on.loop.createTask(() -> pair.server().recv(9));
                    on.passes(2);
                    assertThatThrownBy(() -> Handover.detach(pair.server())).isInstanceOf(BusyException.class);
                    pair.client().sendAll(ascii("hello"));
                    assertThat(text(reader.await())).isEqualTo("hello");
                }
                assertThatThrownBy(() -> Handover.detach(on.loop)).isInstanceOf(IllegalArgumentException.class);
            });
        }
    }

    private static final class Nothing implements ChannelListener {
        @Override
        public boolean onReadable() {
            return false;
        }

        @Override
        public void onWritable() {}

        @Override
        public void onHangup() {}

        @Override
        public void onLoopClosing() {}
    }
}
