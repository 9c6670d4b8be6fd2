package dev.matryoshka.kernel.memory;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static dev.matryoshka.kernel.memory.Side.BROKEN;
import static dev.matryoshka.kernel.memory.Side.address;
import static dev.matryoshka.kernel.memory.Side.has;
import static dev.matryoshka.kernel.memory.Side.loopback;
import static dev.matryoshka.kernel.memory.Side.receive;
import static dev.matryoshka.kernel.memory.Side.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Goal: connections begin and fail as on Linux, the accept queue is bounded. Method: both ends by hand, in one thread. */
class MemoryConnectTest {
    private final MemoryNetwork network = new MemoryNetwork();
    private Side side;

    @BeforeEach
    void open() throws IOException {
        side = new Side(network);
    }

    @AfterEach
    void close() {
        side.close();
    }

    @Test
    void aConnectIsToldByTheNextPollOnBothSides() throws IOException {
        NonBlockingSocket listener = side.listen(5, 1);
        NonBlockingSocket client = side.connect(address(listener), 2);
        assertThat(client.remoteAddress()).isNull();
        assertThat(side.poll(2)).isEqualTo(WRITABLE);
        assertThat(side.poll(1)).isEqualTo(READABLE);
        assertThat(client.finishConnect()).isTrue();
        assertThat(client.finishConnect()).isTrue();
        NonBlockingSocket server = listener.tryAccept();
        assertThat(server).isNotNull();
        assertThat(listener.tryAccept()).isNull();
        assertThat(server.remoteAddress()).isEqualTo(client.localAddress()).isNotNull();
        assertThat(server.localAddress()).isEqualTo(client.remoteAddress()).isEqualTo(listener.localAddress());
        assertThatThrownBy(() -> client.tryConnect(address(listener)))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("EISCONN");
    }

    @Test
    void bytesMayBeSentBeforeTheListenerAccepts() throws IOException {
        NonBlockingSocket listener = side.listen(5, 1);
        NonBlockingSocket client = side.connect(address(listener), 2);
        assertThat(client.finishConnect()).isTrue();
        send(client, "early");
        client.close();
        NonBlockingSocket server = listener.tryAccept();
        assertThat(receive(server)).isEqualTo("early");
        assertThat(receive(server)).isEqualTo("EOF");
    }

    @Test
    void aConnectToNobodyIsRefusedWithTheAddress() throws IOException {
        NonBlockingSocket client = side.connect(loopback(9), 2);
        assertThat(side.poll(2)).isEqualTo(BROKEN);
        assertThatThrownBy(client::finishConnect)
                .isInstanceOf(ConnectException.class)
                .hasMessage("connect to 127.0.0.1:9: Connection refused (ECONNREFUSED)");
        assertThatThrownBy(client::finishConnect).isInstanceOf(NoConnectionPendingException.class);
    }

    @Test
    void aRefusedSocketMayTryAgain() throws IOException {
        NonBlockingSocket client = side.connect(loopback(9), 2);
        assertThat(client.takeError()).isInstanceOf(ConnectException.class);
        assertThat(client.takeError()).isNull();
        NonBlockingSocket listener = side.listen(5, 1);
        assertThat(client.tryConnect(address(listener))).isFalse();
        assertThat(client.finishConnect()).isTrue();
    }

    @Test
    void theQueueHoldsOneMoreThanTheBacklogAndTheRestWaits() throws IOException {
        NonBlockingSocket listener = side.listen(1, 1);
        NonBlockingSocket[] clients = new NonBlockingSocket[4];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = side.connect(address(listener), 10 + i);
        }
        side.poll(1);
        assertThat(clients[1].finishConnect()).isTrue();
        assertThat(clients[2].finishConnect()).isFalse();
        assertThat(receive(clients[2])).isEqualTo("WOULD_BLOCK");
        assertThat(send(clients[2], "x")).isEqualTo(NonBlockingSocket.WOULD_BLOCK);
        assertThatThrownBy(() -> clients[2].tryConnect(address(listener))).hasMessageContaining("EALREADY");

        clients[2].close();
        assertThat(listener.tryAccept()).isNotNull();
        assertThat(side.poll(13))
                .as("first come, first served, and 12 has gone")
                .isEqualTo(WRITABLE);
        assertThat(clients[3].finishConnect()).isTrue();
    }

    @Test
    void aListenerThatClosesResetsWhoWasQueuedAndRefusesWhoWaited() throws IOException {
        NonBlockingSocket listener = side.listen(1, 1);
        NonBlockingSocket queued = side.connect(address(listener), 10);
        side.connect(address(listener), 11);
        NonBlockingSocket waiting = side.connect(address(listener), 12);
        assertThat(queued.finishConnect()).isTrue();
        side.poll(0);
        side.kernel.poller().deregister(listener);
        listener.close();
        assertThat(side.poll(10)).isEqualTo(BROKEN);
        assertThatThrownBy(() -> receive(queued)).hasMessageContaining("ECONNRESET");
        assertThatThrownBy(waiting::finishConnect).hasMessageContaining("ECONNREFUSED");
    }

    @Test
    void aConnectionResetInTheQueueIsAcceptedAndThenReadAsReset() throws IOException {
        NonBlockingSocket listener = side.listen(1, 1);
        NonBlockingSocket client = side.connect(address(listener), 2);
        client.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.close();
        NonBlockingSocket server = listener.tryAccept();
        side.kernel.poller().register(server, 3);
        assertThat(has(side.poll(3), READABLE | ERROR)).isTrue();
        assertThatThrownBy(() -> receive(server)).hasMessageContaining("ECONNRESET");
    }

    @Test
    void acceptedConnectionsInheritTheOptions() throws IOException {
        NonBlockingSocket listener = side.listen(1, 1);
        listener.setOption(StandardSocketOptions.SO_RCVBUF, 4321);
        listener.setOption(StandardSocketOptions.TCP_NODELAY, true);
        side.connect(address(listener), 2);
        NonBlockingSocket server = listener.tryAccept();
        assertThat(server.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(4321);
        assertThat(server.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
        assertThat(server.getOption(StandardSocketOptions.SO_KEEPALIVE)).isFalse();
        server.setOption(StandardSocketOptions.SO_RCVBUF, 1);
        assertThat(listener.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(4321);
        assertThatThrownBy(() -> server.setOption(StandardSocketOptions.SO_RCVBUF, -1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> server.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void callsThatNeedAConnectionSaySo() throws IOException {
        NonBlockingSocket fresh = side.open();
        assertThatThrownBy(() -> receive(fresh))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("ENOTCONN");
        assertThatThrownBy(() -> send(fresh, "x")).isInstanceOf(SocketException.class);
        assertThatThrownBy(fresh::tryAccept).hasMessageContaining("EINVAL");
        assertThatThrownBy(fresh::finishConnect).isInstanceOf(NoConnectionPendingException.class);
        fresh.shutdownInput();
        fresh.shutdownOutput();
        assertThat(fresh.localAddress()).isNull();
        assertThatThrownBy(() -> fresh.tryConnect(InetSocketAddress.createUnresolved("nowhere", 1)))
                .isInstanceOf(UnresolvedAddressException.class);
        assertThatThrownBy(() -> fresh.tryConnect(UnixDomainSocketAddress.of("/x")))
                .isInstanceOf(UnsupportedAddressTypeException.class);
    }

    @Test
    void unknownHostsAreUnreachableSilentOnesNeverAnswerKnownOnesDo() throws IOException {
        InetAddress ten = InetAddress.ofLiteral("10.0.0.1");
        NonBlockingSocket client = side.open();
        assertThatThrownBy(() -> client.tryConnect(new InetSocketAddress(ten, 80)))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("ENETUNREACH");
        network.addSilentHost(ten);
        assertThat(client.tryConnect(new InetSocketAddress(ten, 80))).isFalse();
        side.kernel.poller().register(client, 2);
        assertThat(side.poll(2, 1_000_000_000)).isZero();
        assertThat(client.finishConnect()).isFalse();

        network.addHost(ten);
        NonBlockingSocket listener = side.open();
        listener.bind(new InetSocketAddress(ten, 80));
        listener.listen(1);
        NonBlockingSocket other = side.connect(address(listener), 3);
        assertThat(side.poll(3)).isEqualTo(WRITABLE);
        assertThat(other.finishConnect()).isTrue();
        assertThat(((InetSocketAddress) address(other)).getAddress()).isEqualTo(ten);
    }

    @Test
    void unixSocketsConnectAtOnceByName() throws IOException {
        SocketAddress name = UnixDomainSocketAddress.of("/run/matryoshka.sock");
        NonBlockingSocket client = unix();
        assertThatThrownBy(() -> client.tryConnect(name))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("ENOENT");
        NonBlockingSocket listener = unix();
        listener.bind(name);
        assertThatThrownBy(() -> client.tryConnect(name)).hasMessageContaining("ECONNREFUSED");
        assertThatThrownBy(() -> unix().bind(name)).hasMessageContaining("EADDRINUSE");
        listener.listen(1);
        assertThat(client.tryConnect(name)).isTrue();
        assertThat(client.finishConnect()).isTrue();
        assertThat(unix().tryConnect(name)).isTrue();
        assertThatThrownBy(() -> unix().tryConnect(name)).hasMessageContaining("EAGAIN");

        NonBlockingSocket server = listener.tryAccept();
        assertThat(server.localAddress()).isEqualTo(name);
        assertThat(server.remoteAddress()).isEqualTo(UnixDomainSocketAddress.of(""));
        send(client, "unread");
        client.shutdownInput();
        assertThatThrownBy(() -> send(server, "x")).hasMessageContaining("EPIPE");
        server.close();
        assertThatThrownBy(() -> receive(client)).hasMessageContaining("ECONNRESET");
        assertThatThrownBy(() -> send(client, "at once")).hasMessageContaining("EPIPE");
    }

    @Test
    void unixNamesMayBeAbstractOrMadeUp() throws IOException {
        NonBlockingSocket listener = unix();
        listener.bind(AbstractUnixAddress.of("matryoshka"));
        listener.listen(1);
        NonBlockingSocket client = unix();
        client.bind(UnixDomainSocketAddress.of(""));
        assertThat(client.localAddress()).isInstanceOf(AbstractUnixAddress.class);
        assertThat(client.tryConnect(AbstractUnixAddress.of("matryoshka"))).isTrue();
        assertThat(listener.tryAccept().remoteAddress()).isEqualTo(client.localAddress());
        listener.close();
        unix().bind(AbstractUnixAddress.of("matryoshka"));
    }

    private NonBlockingSocket unix() throws IOException {
        return side.kernel.openStream(StandardProtocolFamily.UNIX);
    }
}
