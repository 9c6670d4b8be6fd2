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

import dev.matryoshka.loop.BusyException;
import dev.matryoshka.loop.WrongThreadException;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Action;
import dev.matryoshka.task.Task;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: who must not call is told at once and disturbs nobody: a second task, a callback, another thread. Over every kernel. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass
@MethodSource("dev.matryoshka.support.Net#fair")
class AsyncSocketUsersTest {
    private final Net net;

    AsyncSocketUsersTest(Net net) {
        this.net = net;
    }

    @Proves("S-22")
    @Test
    void oneTaskReceives() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    Task<byte[]> first = on.loop.createTask(() -> pair.server().recv(9));
                    on.passes(2);
                    assertThatThrownBy(() -> pair.server().recv(9))
                            .isInstanceOf(BusyException.class)
                            .hasMessageContaining("recv")
                            .hasMessageContaining("receiving");
                    assertThatThrownBy(() -> pair.server().recvInto(ByteBuffer.allocate(9)))
                            .isInstanceOf(BusyException.class);
                    assertThatThrownBy(() -> pair.server().awaitReadable()).isInstanceOf(BusyException.class);
                    pair.server().sendAll(ascii("the other direction is free"));
                    pair.client().sendAll(ascii("hello"));
                    assertThat(text(first.await())).isEqualTo("hello");
                }
            });
        }
    }

    @Proves("S-22")
    @Test
    void oneTaskSends() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on, 8 * 1024)) {
                    byte[] large = noise(2 << 20, 8);
                    Task<?> first = on.loop.createTask(() -> pair.client().sendAll(large));
                    on.passes(2);
                    assertThatThrownBy(() -> pair.client().sendAll(ascii("x"))).isInstanceOf(BusyException.class);
                    assertThatThrownBy(() -> pair.client().send(ByteBuffer.allocate(1)))
                            .isInstanceOf(BusyException.class);
                    assertThatThrownBy(() -> pair.client().sendAll(new ByteBuffer[0]))
                            .isInstanceOf(BusyException.class)
                            .hasMessageContaining("sending");
                    assertThat(recvExactly(pair.server(), large.length)).isEqualTo(large);
                    first.await();
                }
            });
        }
    }

    @Test
    void oneTaskAccepts() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = listen(on);
                        AsyncSocket client = fresh(on)) {
                    Task<AsyncSocket> first = on.loop.createTask(listener::accept);
                    on.passes(2);
                    assertThatThrownBy(listener::accept).isInstanceOf(BusyException.class);
                    client.connect(address(listener));
                    first.await().close();
                }
            });
        }
    }

    @Test
    void oneTaskConnects() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket client = fresh(on)) {
                    InetSocketAddress named = InetSocketAddress.createUnresolved("slow.test", 80);
                    CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
                    Task<?> first = on.loop.createTask(() -> client.connect(named, host -> answer));
                    on.passes(2);
                    assertThatThrownBy(() -> client.connect(deadAddress(on))).isInstanceOf(BusyException.class);
                    answer.completeExceptionally(new UnknownHostException("slow.test"));
                    assertThatThrownBy(first::await).isInstanceOf(UnknownHostException.class);
                }
            });
        }
    }

    @Test
    void aCallbackIsToldThatItWouldStopTheLoop() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on);
                        AsyncSocket listener = listen(on);
                        AsyncSocket fresh = fresh(on)) {
                    pair.client().sendAll(ascii("it would not even have to wait"));
                    on.passes(2);
                    List<Action> calls = List.of(
                            () -> pair.server().recv(9),
                            () -> pair.server().recvInto(ByteBuffer.allocate(9)),
                            () -> pair.server().awaitReadable(),
                            () -> pair.server().send(ByteBuffer.allocate(9)),
                            () -> pair.server().sendAll(ascii("x")),
                            () -> pair.server().sendAll(new ByteBuffer[0]),
                            listener::accept,
                            () -> fresh.connect(address(listener)));
                    for (Action call : calls) {
                        assertThat(inCallback(on, call))
                                .isExactlyInstanceOf(IllegalStateException.class)
                                .hasMessageContaining("createTask");
                    }
                    Action byteForByte = () -> pair.server().recv(1);
                    byteForByte.run();
                    assertThat(inCallback(on, byteForByte)).isExactlyInstanceOf(IllegalStateException.class);
                    assertThat(inCallback(on, fresh::close)).isNull();
                }
            });
        }
    }

    private static Throwable inCallback(TestLoop on, Action call) throws Exception {
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        on.loop.callSoon(() -> thrown.complete(thrownBy(call)));
        return thrown.get();
    }

    private static Throwable thrownBy(Action call) {
        try {
            call.run();
            return null;
        } catch (Throwable escaped) {
            return escaped;
        }
    }

    @Proves("W10")
    @Test
    void anotherThreadIsToldTheWayIn() throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on);
                        AsyncSocket listener = listen(on);
                        AsyncSocket fresh = fresh(on)) {
                    List<Action> calls = List.of(
                            () -> pair.server().recv(9),
                            () -> pair.server().recvInto(ByteBuffer.allocate(9)),
                            () -> pair.server().awaitReadable(),
                            () -> pair.server().send(ByteBuffer.allocate(9)),
                            () -> pair.server().sendAll(ascii("x")),
                            listener::accept,
                            () -> fresh.connect(address(listener)),
                            () -> fresh.bind(new InetSocketAddress(0)),
                            fresh::listen,
                            () -> fresh.getOption(StandardSocketOptions.SO_RCVBUF),
                            fresh::localAddress,
                            fresh::remoteAddress,
                            fresh::close,
                            () -> pair.server().shutdownInput(),
                            () -> pair.server().shutdownOutput(),
                            () -> AsyncSocket.open(on.loop, StandardProtocolFamily.INET));
                    FutureTask<List<Throwable>> elsewhere = new FutureTask<>(() ->
                            calls.stream().map(AsyncSocketUsersTest::thrownBy).toList());
                    Thread.ofPlatform().start(elsewhere);
                    assertThat(elsewhere.get())
                            .hasSize(calls.size())
                            .allSatisfy(thrown -> assertThat(thrown)
                                    .isInstanceOf(WrongThreadException.class)
                                    .hasMessageContaining("submit"));
                    assertThat(fresh.isOpen()).isTrue();
                    assertThat(fresh.loop()).isSameAs(on.loop);
                }
            });
        }
    }
}
