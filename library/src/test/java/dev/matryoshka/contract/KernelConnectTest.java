package dev.matryoshka.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.NoConnectionPendingException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: sockets meet: bind, listen, connect, accept, and the addresses of it all. Method: {@link KernelContract}. */
class KernelConnectTest extends KernelContract {
    @Test
    void bothEndsKnowBothAddresses() throws IOException {
        Watched listener = listener();
        Pair pair = pair(listener);
        NonBlockingSocket client = pair.client().socket;
        NonBlockingSocket server = pair.server().socket;
        assertThat(client.remoteAddress()).isEqualTo(listener.socket.localAddress());
        assertThat(server.localAddress()).isEqualTo(listener.socket.localAddress());
        assertThat(server.remoteAddress()).isEqualTo(client.localAddress()).isNotNull();
    }

    @Test
    void remoteAddressOutlivesTheSocketAndLocalAddressDoesNot() throws IOException {
        Pair pair = pair();
        SocketAddress peer = pair.server().socket.remoteAddress();
        driver.close(pair.server());
        driver.close(pair.client());
        assertThat(pair.server().socket.remoteAddress()).isEqualTo(peer);
        assertThat(pair.server().socket.localAddress()).isNull();
    }

    @Test
    void aFreshSocketHasNoAddresses() throws IOException {
        NonBlockingSocket fresh = open();
        assertThat(fresh.isOpen()).isTrue();
        assertThat(fresh.localAddress()).isNull();
        assertThat(fresh.remoteAddress()).isNull();
    }

    @Test
    void portZeroBecomesAPortThatOthersCanConnectTo() throws IOException {
        NonBlockingSocket socket = open();
        socket.bind(ANY_PORT);
        int port = ((InetSocketAddress) socket.localAddress()).getPort();
        assertThat(port).isPositive();
        socket.listen(1);
        assertThat(((InetSocketAddress) socket.localAddress()).getPort()).isEqualTo(port);
        Pair pair = pair(driver.watch(socket));
        assertThat(((InetSocketAddress) pair.client().socket.remoteAddress()).getPort())
                .isEqualTo(port);
    }

    @Test
    void listenWithoutBindTakesAnyPort() throws IOException {
        NonBlockingSocket socket = open();
        socket.listen(1);
        assertThat(((InetSocketAddress) socket.localAddress()).getPort()).isPositive();
    }

    @Test
    void aClientMayBindItsSourceAddressFirst() throws IOException {
        Watched listener = listener();
        NonBlockingSocket client = open();
        client.bind(ANY_PORT);
        SocketAddress source = client.localAddress();
        driver.connect(client, listener.socket.localAddress());
        assertThat(driver.accept(listener).socket.remoteAddress()).isEqualTo(source);
        assertThat(client.localAddress()).isEqualTo(source);
    }

    @Test
    void aPortThatIsListenedOnCannotBeBoundAgain() throws IOException {
        SocketAddress taken = listener().socket.localAddress();
        assertThatThrownBy(() -> {
                    NonBlockingSocket second = open();
                    second.bind(taken);
                    second.listen(1);
                })
                .isInstanceOf(BindException.class)
                .hasMessageContaining(text(taken))
                .hasMessageContaining("EADDRINUSE");
    }

    @Test
    void bindSaysItselfThatAPortIsInUse() throws IOException {
        SocketAddress taken = listener().socket.localAddress();
        NonBlockingSocket second = open();
        assertThatThrownBy(() -> second.bind(taken)).isInstanceOf(BindException.class);
    }

    @Test
    void anAddressOfAnotherHostCannotBeBound() throws IOException {
        NonBlockingSocket socket = open();
        InetSocketAddress documentation = new InetSocketAddress("192.0.2.1", 0); // RFC 5737
        assertThatThrownBy(() -> socket.bind(documentation))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("192.0.2.1")
                .hasMessageContaining("EADDRNOTAVAIL");
    }

    @Test
    void aSocketIsBoundOnce() throws IOException {
        NonBlockingSocket socket = open();
        socket.bind(ANY_PORT);
        assertThatThrownBy(() -> socket.bind(ANY_PORT)).isInstanceOf(BindException.class);
    }

    @Test
    void aPortIsFreeAgainAsSoonAsItsListenerIsClosed() throws IOException {
        Watched first = listener();
        SocketAddress address = first.socket.localAddress();
        driver.poll(0);
        for (int round = 0; round < 3; round++) {
            driver.close(first);
            NonBlockingSocket next = open();
            next.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            next.bind(address);
            next.listen(1);
            first = driver.watch(next);
        }
        assertThat(pair(first).client().socket.remoteAddress()).isEqualTo(address);
    }

    @Test
    void refusedComesAsAnEventOrAtOnceAndNamesTheAddress() throws IOException {
        NonBlockingSocket deaf = open();
        deaf.bind(ANY_PORT); // bound and not listening: refuses, and nobody else gets the port meanwhile
        SocketAddress address = deaf.localAddress();
        NonBlockingSocket client = open();
        assertThatThrownBy(() -> driver.connect(client, address))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining(text(address))
                .hasMessageContaining("ECONNREFUSED");
        assertThat(client.isOpen()).as("closing is the owner's duty").isTrue();
        assertThat(client.remoteAddress()).isNull();
        client.close();
    }

    @Test
    void aConnectThatIsOnItsWayMovesNoBytes() throws IOException {
        Watched listener = listener();
        NonBlockingSocket client = open();
        if (!client.tryConnect(listener.socket.localAddress())) {
            int received = client.tryRecv(ByteBuffer.allocate(1));
            assertThat(received).isEqualTo(NonBlockingSocket.WOULD_BLOCK);
        }
        client.close();
    }

    @Test
    void aConnectToAFullQueueStaysOnItsWayAndSaysSo() throws IOException {
        Watched listener = listener(StandardProtocolFamily.INET, 1);
        Watched waiting = null;
        for (int i = 0; i < 20 && waiting == null; i++) {
            NonBlockingSocket client = open();
            boolean done = client.tryConnect(listener.socket.localAddress());
            Watched watched = driver.watch(client);
            watched.known = 0;
            watched.wanted = Readiness.WRITABLE;
            for (int polls = 0; polls < 5 && !done; polls++) {
                driver.poll(MOMENT_NANOS);
                done = Driver.isConnected(watched);
            }
            waiting = done ? null : watched;
        }
        assertThat(waiting).as("a client for whom there is no room").isNotNull();
        assertThat(waiting.socket.finishConnect()).isFalse();
        assertThat(waiting.socket.remoteAddress()).isNull();
        assertThat(waiting.socket.trySend(ByteBuffer.allocate(1))).isEqualTo(NonBlockingSocket.WOULD_BLOCK);
        driver.close(waiting);
    }

    @Test
    void finishConnectMayBeCalledAgainWhenConnected() throws IOException {
        Pair pair = pair();
        assertThat(pair.client().socket.finishConnect()).isTrue();
        assertThat(pair.server().socket.finishConnect()).isTrue();
    }

    @Test
    void finishConnectWithoutAConnectIsAMistake() throws IOException {
        NonBlockingSocket fresh = open();
        assertThatThrownBy(fresh::finishConnect).isInstanceOf(NoConnectionPendingException.class);
    }

    @Test
    void aConnectedSocketDoesNotConnectAgain() throws IOException {
        Pair pair = pair();
        SocketAddress somewhere = listener().socket.localAddress();
        assertThatThrownBy(() -> pair.client().socket.tryConnect(somewhere))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("EISCONN");
    }

    @Test
    void acceptOnAnEmptyQueueIsNull() throws IOException {
        assertThat(listener().socket.tryAccept()).isNull();
    }

    @Test
    void acceptWithoutListenIsAnError() throws IOException {
        NonBlockingSocket fresh = open();
        assertThatThrownBy(fresh::tryAccept).isInstanceOf(IOException.class);
    }

    @Proves("S-37")
    @Test
    void theQueueHoldsAsManyConnectionsAsTheBacklogSaysInOrder() throws IOException {
        int backlog = 8;
        Watched listener = listener(StandardProtocolFamily.INET, backlog);
        List<SocketAddress> clients = new ArrayList<>();
        for (int i = 0; i < backlog; i++) {
            NonBlockingSocket client = open();
            driver.connect(client, listener.socket.localAddress());
            clients.add(client.localAddress());
        }
        List<SocketAddress> accepted = new ArrayList<>();
        for (int i = 0; i < backlog; i++) {
            accepted.add(driver.accept(listener).socket.remoteAddress());
        }
        assertThat(accepted).isEqualTo(clients);
        assertThat(listener.socket.tryAccept()).isNull();
    }

    @Test
    void bytesSentBeforeTheAcceptAreThereAfterIt() throws IOException {
        Watched listener = listener();
        Watched client = driver.connect(open(), listener.socket.localAddress());
        driver.send(client, "early");
        assertThat(driver.receive(driver.accept(listener), 5)).asString().isEqualTo("early");
    }

    @Test
    void twoHundredConnectionsAtOnceEachWithItsOwnBytes() throws IOException {
        int count = 200;
        Watched listener = listener(StandardProtocolFamily.INET, count);
        List<Watched> clients = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            NonBlockingSocket socket = open();
            boolean done = socket.tryConnect(listener.socket.localAddress());
            Watched client = driver.watch(socket);
            client.known = done ? client.known : 0;
            client.wanted = Readiness.WRITABLE;
            clients.add(client);
        }
        for (Watched client : clients) {
            driver.until("connected: " + client, () -> Driver.isConnected(client));
            client.wanted = Readiness.READABLE;
            driver.send(client, "hello from " + text(client.socket.localAddress()));
        }
        for (int i = 0; i < count; i++) {
            Watched server = driver.accept(listener);
            String expected = "hello from " + text(server.socket.remoteAddress());
            assertThat(driver.receive(server, expected.length())).asString().isEqualTo(expected);
        }
        assertThat(listener.socket.tryAccept()).isNull();
    }

    @Test
    void ipv6WorksAsIpv4Does() throws IOException {
        assumeIpv6();
        Watched listener = listener(StandardProtocolFamily.INET6, 4);
        Pair pair = pair(listener);
        assertThat(pair.client().socket.remoteAddress()).isEqualTo(listener.socket.localAddress());
        driver.send(pair.client(), "six");
        assertThat(driver.receive(pair.server(), 3)).asString().isEqualTo("six");
    }
}
