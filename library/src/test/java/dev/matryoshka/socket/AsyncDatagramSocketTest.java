package dev.matryoshka.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.address.Datagram;
import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.kernel.faulty.Valve;
import dev.matryoshka.loop.BusyException;
import dev.matryoshka.support.FreePort;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: a datagram is received by one task, once, or by nobody; no error ends a socket. Method: two sockets, over every kernel. */
@ExtendWith(LeakCheck.class)
@Proves({"sock_recvfrom", "sock_recvfrom_into", "sock_sendto"})
class AsyncDatagramSocketTest {
    private static AsyncDatagramSocket bound(TestLoop on) throws IOException {
        AsyncDatagramSocket socket = on.loop.openDatagramSocket(StandardProtocolFamily.INET);
        socket.bind(new InetSocketAddress("127.0.0.1", 0));
        return socket;
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    @Proves(
            ports = {
                "test_sock_lowlevel.test_recvfrom",
                "test_sock_lowlevel.test_recvfrom_into",
                "test_sock_lowlevel.test_sendto_blocking"
            })
    void anEchoGoesThereAndBack(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncDatagramSocket server = bound(on);
                        AsyncDatagramSocket client = bound(on)) {
                    Task<?> echo = on.loop.createTask("echo", () -> {
                        for (int i = 0; i < 20; i++) {
                            Datagram asked = server.recvFrom(100);
                            assertThat(server.sendTo(asked.bytes(), asked.sender()))
                                    .isEqualTo(asked.bytes().length);
                        }
                    });
                    ByteBuffer room = ByteBuffer.allocateDirect(100);
                    for (int i = 0; i < 20; i++) {
                        String text = i == 7 ? "" : "message " + i;
                        client.sendTo(text.getBytes(), server.localAddress());
                        if (i % 2 == 0) {
                            assertThat(client.recvFrom(100).text()).isEqualTo(text);
                        } else {
                            assertThat(client.recvFromInto(room.clear())).isEqualTo(server.localAddress());
                            assertThat(room.position()).isEqualTo(text.length());
                        }
                    }
                    echo.get();
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = "test_sock_lowlevel.test_recvfrom_into")
    void whatIsLongerThanAskedIsCutAndTold(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncDatagramSocket a = bound(on);
                        AsyncDatagramSocket b = bound(on)) {
                    a.sendTo("12345".getBytes(), b.localAddress());
                    a.sendTo("67".getBytes(), b.localAddress());
                    assertThat(b.recvFrom(3).text()).isEqualTo("123");
                    assertThat(b.isTruncated()).isTrue();
                    assertThat(b.recvFrom(3).text()).isEqualTo("67");
                    assertThat(b.isTruncated()).isFalse();
                    assertThatThrownBy(() -> b.recvFrom(0)).isInstanceOf(IllegalArgumentException.class);
                    assertThatThrownBy(
                                    () -> b.recvFromInto(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                            .isInstanceOf(IllegalArgumentException.class);
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves("B8")
    void whoIsCancelledHasTakenNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncDatagramSocket a = bound(on);
                        AsyncDatagramSocket b = bound(on)) {
                    Task<Datagram> waiting = on.loop.createTask("waiting", () -> b.recvFrom(100));
                    on.passes(3);
                    waiting.cancel(true);
                    on.until("it is over", waiting::isDone);
                    assertThat(waiting.isCancelled()).isTrue();
                    a.sendTo("kept".getBytes(), b.localAddress());
                    on.passes(3);
                    assertThat(b.recvFrom(100).text()).isEqualTo("kept");
                    on.assertQuiet();
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void twoTasksInOneDirectionCollideAtOnce(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncDatagramSocket a = bound(on);
                        AsyncDatagramSocket b = bound(on)) {
                    Task<Datagram> first = on.loop.createTask("first", () -> b.recvFrom(100));
                    on.passes(3);
                    assertThatThrownBy(() -> b.recvFrom(100)).isInstanceOf(BusyException.class);
                    assertThatThrownBy(() -> on.loop.createDatagramEndpoint(
                                    dev.matryoshka.support.HeardDatagrams::new,
                                    b,
                                    dev.matryoshka.transport.DatagramOptions.defaults()))
                            .isInstanceOf(BusyException.class);
                    a.sendTo("x".getBytes(), b.localAddress());
                    assertThat(first.get().text()).isEqualTo("x");
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void closeWakesWhoWaits(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AsyncDatagramSocket socket = bound(on);
                Task<Datagram> waiting = on.loop.createTask("waiting", () -> socket.recvFrom(100));
                on.passes(3);
                socket.close();
                socket.close();
                assertThatThrownBy(waiting::get).hasRootCauseInstanceOf(AsynchronousCloseException.class);
                assertThat(socket.isOpen()).isFalse();
                assertThat(socket.localAddress()).isNull();
                assertThatThrownBy(() -> socket.recvFrom(1)).isInstanceOf(ClosedChannelException.class);
                assertThatThrownBy(() -> socket.connect(new InetSocketAddress("127.0.0.1", 1)))
                        .isInstanceOf(ClosedChannelException.class);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectedSocketIsToldThatNobodyIsThereAndGoesOn(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncDatagramSocket a = bound(on)) {
                    a.connect(new InetSocketAddress("127.0.0.1", FreePort.next()));
                    a.send(ByteBuffer.wrap("x".getBytes()));
                    assertThatThrownBy(() -> a.recvFrom(100)).isInstanceOf(PortUnreachableException.class);
                    a.disconnect();
                    assertThat(a.remoteAddress()).isNull();
                    a.sendTo("me".getBytes(), a.localAddress());
                    assertThat(a.recvFrom(100).text()).isEqualTo("me");
                    assertThatThrownBy(() -> a.send(ByteBuffer.allocate(1))).isInstanceOf(SocketException.class);
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(ports = "test_sock_lowlevel.test_sendto_blocking")
    void aSenderWaitsForRoomAndWhoIsCancelledHasSentNothing(Net net) throws Exception {
        Valve valve = new Valve();
        try (TestLoop on = TestLoop.over(
                FaultyKernel.provider(net.provider(), Faults.seeded(1).stalledBy(valve)))) {
            on.run(() -> {
                try (AsyncDatagramSocket a = bound(on);
                        AsyncDatagramSocket b = bound(on)) {
                    valve.shut(Readiness.WRITABLE);
                    Task<Integer> cancelled =
                            on.loop.createTask("cancelled", () -> a.sendTo("never".getBytes(), b.localAddress()));
                    on.passes(3);
                    cancelled.cancel(true);
                    on.until("it is over", cancelled::isDone);
                    Task<Integer> waiting =
                            on.loop.createTask("waiting", () -> a.sendTo("later".getBytes(), b.localAddress()));
                    on.passes(3);
                    assertThat(waiting.isDone()).isFalse();
                    assertThatThrownBy(() -> a.sendTo(new byte[1], b.localAddress()))
                            .isInstanceOf(BusyException.class);
                    valve.open(Readiness.WRITABLE);
                    assertThat(waiting.get()).isEqualTo(5);
                    assertThat(b.recvFrom(100).text()).isEqualTo("later");
                }
            });
        }
    }

    /** An unconnected sender is told that it may send after each refusal, as long as the receiver is full. */
    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "MEMORY"})
    void whoWaitsForAFullReceiverDoesNotSpinAndGetsThrough(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AbstractUnixAddress name = AbstractUnixAddress.of("matryoshka-" + UUID.randomUUID());
                try (AsyncDatagramSocket server = on.loop.openDatagramSocket(StandardProtocolFamily.UNIX);
                        AsyncDatagramSocket other = on.loop.openDatagramSocket(StandardProtocolFamily.UNIX);
                        AsyncDatagramSocket client = on.loop.openDatagramSocket(StandardProtocolFamily.UNIX)) {
                    server.bind(name);
                    int kept = fill(on, other, name);
                    Task<Integer> waiting = on.loop.createTask("waiting", () -> client.sendTo("mine".getBytes(), name));
                    on.passes(5);
                    long before = on.calls().send;
                    Task.sleep(Duration.ofMillis(100));
                    assertThat(on.calls().send - before).isLessThan(30);
                    assertThat(waiting.isDone()).isFalse();
                    for (int i = 0; i < kept; i++) {
                        assertThat(server.recvFrom(16).bytes()).hasSize(16);
                    }
                    int went = on.within("the datagram to go", waiting::get);
                    assertThat(went).isEqualTo(4);
                    assertThat(server.recvFrom(100).text()).isEqualTo("mine");
                    on.assertQuiet();
                }
            });
        }
    }

    /** Sends until there is no room, and gives up; how many went. */
    private static int fill(TestLoop on, AsyncDatagramSocket from, SocketAddress to) throws Exception {
        int[] sent = {0};
        Task<?> filling = on.loop.createTask("filling", () -> {
            while (true) {
                from.sendTo(new byte[8 * 1024], to);
                sent[0]++;
            }
        });
        int[] before = {0};
        on.until("it is full", () -> {
            boolean stands = sent[0] > 0 && sent[0] == before[0];
            before[0] = sent[0];
            return stands;
        });
        filling.cancel(true);
        on.until("it is over", filling::isDone);
        return sent[0];
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aTaskThatFloodsLetsOthersRun(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncDatagramSocket a = bound(on)) {
                    boolean[] ran = {false};
                    on.loop.callSoon(() -> ran[0] = true);
                    int count = 0;
                    while (!ran[0]) {
                        a.sendTo("x".getBytes(), a.localAddress());
                        assertThat(a.recvFrom(10).text()).isEqualTo("x");
                        assertThat(++count).isLessThan(1000);
                    }
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "MEMORY"})
    void unixNamesWork(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                AbstractUnixAddress name = AbstractUnixAddress.of("matryoshka-" + UUID.randomUUID());
                try (AsyncDatagramSocket server = on.loop.openDatagramSocket(StandardProtocolFamily.UNIX);
                        AsyncDatagramSocket client = on.loop.openDatagramSocket(StandardProtocolFamily.UNIX)) {
                    server.bind(name);
                    client.connect(name);
                    client.send(ByteBuffer.wrap("hello".getBytes()));
                    assertThat(server.recvFrom(100).text()).isEqualTo("hello");
                    assertThat(client.remoteAddress()).isEqualTo(name);
                }
            });
        }
    }

    @Test
    void aNameIsNotLookedUp() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                try (AsyncDatagramSocket a = on.loop.openDatagramSocket(StandardProtocolFamily.INET)) {
                    assertThatThrownBy(() -> a.bind(InetSocketAddress.createUnresolved("localhost", 0)))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("localhost");
                    a.bind(InetSocketAddress.createUnresolved("127.0.0.1", 0));
                    assertThat(a.toString()).contains("127.0.0.1");
                }
            });
        }
    }

    @Test
    void aCallbackMayNotWait() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                try (AsyncDatagramSocket a = bound(on)) {
                    on.loop.callSoon(() -> assertThatThrownBy(() -> a.recvFrom(1))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("recvFrom"));
                    on.passes(3);
                }
            });
        }
    }
}
