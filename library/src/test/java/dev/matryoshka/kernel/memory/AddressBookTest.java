package dev.matryoshka.kernel.memory;

import static dev.matryoshka.kernel.memory.Side.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Goal: who may have which address, and who gets a connection, as on Linux. Method: sockets of one kernel. */
class AddressBookTest {
    private static final int PORT = 8080;

    private Side side;

    @BeforeEach
    void open() throws IOException {
        side = new Side(new MemoryNetwork());
    }

    @AfterEach
    void close() {
        side.close();
    }

    private NonBlockingSocket open(String ip) throws IOException {
        return side.kernel.openStream(ip.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
    }

    private NonBlockingSocket bound(String ip, int port) throws IOException {
        NonBlockingSocket socket = open(ip);
        socket.bind(new InetSocketAddress(InetAddress.ofLiteral(ip), port));
        return socket;
    }

    private NonBlockingSocket listening(String ip) throws IOException {
        NonBlockingSocket socket = bound(ip, PORT);
        socket.listen(100);
        return socket;
    }

    private void connect(String ip) throws IOException {
        assertThat(open(ip).tryConnect(new InetSocketAddress(InetAddress.ofLiteral(ip), PORT)))
                .isFalse();
    }

    private void assertTaken(String ip) {
        assertThatThrownBy(() -> bound(ip, PORT))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("EADDRINUSE")
                .hasMessageContaining(String.valueOf(PORT));
    }

    @Test
    void anAddressBelongsToOneSocketUntilItCloses() throws IOException {
        NonBlockingSocket first = bound("127.0.0.1", PORT);
        assertTaken("127.0.0.1");
        assertThatThrownBy(() -> first.bind(address(first))).hasMessageContaining("EINVAL");
        bound("127.0.0.2", PORT);
        first.close();
        bound("127.0.0.1", PORT);
    }

    @Test
    void aWildcardCollidesWithEveryAddressItCovers() throws IOException {
        NonBlockingSocket dual = bound("::", PORT);
        assertTaken("127.0.0.1");
        assertTaken("0.0.0.0");
        assertTaken("::1");
        dual.close();

        NonBlockingSocket only = open("::");
        only.setIpv6Only(true);
        only.bind(new InetSocketAddress(InetAddress.ofLiteral("::"), PORT));
        assertTaken("::1");
        bound("0.0.0.0", PORT);
        assertThatThrownBy(() -> only.setIpv6Only(false)).hasMessageContaining("EINVAL");
    }

    @Test
    void reuseAddressHelpsUntilSomebodyListens() throws IOException {
        NonBlockingSocket[] sockets = {open("127.0.0.1"), open("127.0.0.1"), open("127.0.0.1")};
        for (NonBlockingSocket socket : sockets) {
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
        InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), PORT);
        sockets[0].bind(address);
        sockets[1].bind(address);
        sockets[0].listen(1);
        assertThatThrownBy(() -> sockets[1].listen(1))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("listen on 127.0.0.1:8080");
        assertThatThrownBy(() -> sockets[2].bind(address)).hasMessageContaining("EADDRINUSE");
    }

    @Test
    void reusePortSharesTheConnectionsInTurn() throws IOException {
        NonBlockingSocket[] listeners = {open("127.0.0.1"), open("127.0.0.1")};
        for (NonBlockingSocket listener : listeners) {
            listener.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), PORT));
            listener.listen(10);
        }
        connect("127.0.0.1");
        connect("127.0.0.1");
        assertThat(listeners[0].tryAccept()).isNotNull();
        assertThat(listeners[1].tryAccept()).isNotNull();
    }

    @Test
    void theClosestListenerGetsTheConnection() throws IOException {
        NonBlockingSocket dual = listening("::");
        NonBlockingSocket six = open("::1");
        connect("127.0.0.1");
        connect("::1");
        connect("0.0.0.0");
        assertThat(dual.tryAccept().localAddress())
                .isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), PORT));
        assertThat(dual.tryAccept().localAddress())
                .isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("::1"), PORT));
        assertThat(dual.tryAccept()).isNotNull();
        dual.close();

        NonBlockingSocket wildcard = listening("0.0.0.0");
        six.bind(new InetSocketAddress(InetAddress.ofLiteral("::1"), PORT));
        six.listen(1);
        connect("::1");
        connect("127.0.0.5");
        assertThat(six.tryAccept()).isNotNull();
        assertThat(wildcard.tryAccept()).isNotNull();
    }

    @Test
    void anIpv6SocketReachesIpv4() throws IOException {
        NonBlockingSocket listener = listening("127.0.0.1");
        NonBlockingSocket client = open("::");
        assertThat(client.tryConnect(address(listener))).isFalse();
        assertThat(client.finishConnect()).isTrue();
    }

    @Test
    void portsThatNobodyAskedForAreDifferentAndRunOut() throws IOException {
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            ports.add(((InetSocketAddress) address(bound("127.0.0.1", 0))).getPort());
        }
        assertThat(ports).hasSize(100).allMatch(port -> port >= AddressBook.EPHEMERAL_FIRST);
        for (int i = 100; i <= AddressBook.EPHEMERAL_LAST - AddressBook.EPHEMERAL_FIRST; i++) {
            bound("127.0.0.1", 0);
        }
        assertThatThrownBy(() -> bound("127.0.0.1", 0)).hasMessageContaining("EADDRINUSE");
        assertThatThrownBy(() -> connect("127.0.0.1")).hasMessageContaining("EADDRNOTAVAIL");
        bound("127.0.0.2", 0);
    }

    @Test
    void addressesOfOtherHostsCannotBeBound() {
        assertThatThrownBy(() -> bound("192.0.2.1", PORT))
                .isInstanceOf(BindException.class)
                .hasMessage("bind to 192.0.2.1:8080: Cannot assign requested address (EADDRNOTAVAIL)");
    }

    @Test
    void listenWithoutBindTakesAPortOfItsOwn() throws IOException {
        NonBlockingSocket listener = open("127.0.0.1");
        listener.listen(1);
        InetSocketAddress local = (InetSocketAddress) address(listener);
        assertThat(local.getAddress().isAnyLocalAddress()).isTrue();
        assertThat(local.getPort()).isPositive();
    }

    @Test
    void aBoundClientKeepsItsPort() throws IOException {
        NonBlockingSocket listener = listening("127.0.0.1");
        NonBlockingSocket client = bound("0.0.0.0", 1234);
        assertThat(client.tryConnect(address(listener))).isFalse();
        assertThat(client.localAddress()).isEqualTo(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1234));
        assertThat(listener.tryAccept().remoteAddress()).isEqualTo(client.localAddress());
        client.close();
        bound("127.0.0.1", 1234);
    }
}
