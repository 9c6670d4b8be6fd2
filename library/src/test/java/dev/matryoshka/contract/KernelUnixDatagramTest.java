package dev.matryoshka.contract;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static dev.matryoshka.kernel.Watchable.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Goal: Unix datagrams go by name, and wait for room. Method: {@link DatagramContract}; the JDK has no such sockets. */
class KernelUnixDatagramTest extends DatagramContract {
    private static final StandardProtocolFamily UNIX = StandardProtocolFamily.UNIX;

    @BeforeEach
    void onlyWhereTheyExist() {
        boolean nio = kernel.name().equals("nio");
        if (nio) {
            assertThatThrownBy(() -> kernel.openDatagram(UNIX))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("UNIX");
        }
        assumeFalse(nio, "java.nio has no Unix datagrams");
    }

    @Test
    void datagramsGoByPathAndBackToTheSendersPath() throws IOException {
        NonBlockingDatagramSocket server = bound(UNIX);
        NonBlockingDatagramSocket client = bound(UNIX);
        send(client, "ping", server.localAddress());
        assertThat(receive(server)).isEqualTo("ping");
        assertThat(server.sender()).isEqualTo(client.localAddress());
        send(server, "pong", server.sender());
        assertThat(receive(client)).isEqualTo("pong");
    }

    @Test
    void datagramsGoByAbstractName() throws IOException {
        AbstractUnixAddress name = AbstractUnixAddress.of("matryoshka-" + UUID.randomUUID());
        NonBlockingDatagramSocket server = openDatagram(UNIX);
        server.bind(name);
        NonBlockingDatagramSocket client = openDatagram(UNIX);
        client.connect(name);
        send(client, "hello", null);
        assertThat(receive(server)).isEqualTo("hello");
        assertThat(server.sender()).isEqualTo(UnixDomainSocketAddress.of(""));
        assertThat(server.localAddress()).isEqualTo(name);
    }

    @Test
    void nobodyOfThatNameIsTold() throws IOException {
        SocketAddress nowhere = anyAddress(UNIX);
        NonBlockingDatagramSocket client = openDatagram(UNIX);
        assertThatThrownBy(() -> send(client, "x", nowhere))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("ENOENT")
                .hasMessageContaining(nowhere.toString());
        assertThatThrownBy(() -> send(client, "x", null)).isInstanceOf(SocketException.class);
        NonBlockingDatagramSocket server = bound(UNIX);
        send(client, "y", server.localAddress());
        assertThat(receive(server)).isEqualTo("y");
    }

    @Test
    void aStreamSocketIsNoReceiver() throws IOException {
        Watched listener = listener(UNIX, 1);
        NonBlockingDatagramSocket client = openDatagram(UNIX);
        assertThatThrownBy(() -> send(client, "x", listener.socket.localAddress()))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("EPROTOTYPE");
        NonBlockingDatagramSocket server = bound(UNIX);
        assertThatThrownBy(() -> kernel.openStream(UNIX).tryConnect(server.localAddress()))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("EPROTOTYPE");
    }

    @Test
    void aSenderWaitsForRoomAndIsToldOfIt() throws IOException {
        NonBlockingDatagramSocket server = bound(UNIX);
        NonBlockingDatagramSocket client = openDatagram(UNIX);
        client.connect(server.localAddress());
        kernel.poller().interest(client, READABLE | WRITABLE);
        ByteBuffer bytes = ByteBuffer.allocate(8 * 1024);
        int sent = 0;
        while (client.trySendTo(bytes.clear(), null) != WOULD_BLOCK) {
            sent++;
            assertThat(sent).isLessThan(100_000);
        }
        assertThat(bytes.position()).isZero();
        assertThat(sent).isPositive();
        poll();
        forget(client);
        for (int i = 0; i < sent; i++) {
            assertThat(receiveInto(server, ByteBuffer.allocate(8 * 1024))).isEqualTo(8 * 1024);
        }
        for (int polls = 0; polls < 100 && !isReported(client, WRITABLE); polls++) {
            poll();
        }
        assertThat(isReported(client, WRITABLE)).isTrue();
        assertThat(client.tellsOfRoom()).isTrue();
        assertThat(client.trySendTo(bytes.clear(), null)).isEqualTo(8 * 1024);
    }

    @Test
    void roomThatOthersHadTakenIsToldOrIsSaidNotToBeTold() throws IOException {
        NonBlockingDatagramSocket server = bound(UNIX);
        NonBlockingDatagramSocket other = openDatagram(UNIX);
        NonBlockingDatagramSocket client = openDatagram(UNIX);
        kernel.poller().interest(client, READABLE | WRITABLE);
        ByteBuffer bytes = ByteBuffer.allocate(8 * 1024);
        int sent = 0;
        while (other.trySendTo(bytes.clear(), server.localAddress()) != WOULD_BLOCK) {
            sent++;
            assertThat(sent).isLessThan(100_000);
        }
        poll();
        assertThat(client.trySendTo(bytes, server.localAddress())).isEqualTo(WOULD_BLOCK);
        poll();
        forget(client);
        for (int i = 0; i < sent; i++) {
            assertThat(receiveInto(server, bytes.clear())).isEqualTo(8 * 1024);
        }
        for (int polls = 0; polls < 100 && client.tellsOfRoom() && !isReported(client, WRITABLE); polls++) {
            poll();
        }
        assertThat(isReported(client, WRITABLE) || !client.tellsOfRoom()).isTrue();
        assertThat(client.trySendTo(bytes.clear(), server.localAddress())).isEqualTo(8 * 1024);
    }

    @Test
    void thereAreNoGroups() throws IOException {
        NonBlockingDatagramSocket socket = bound(UNIX);
        NetworkInterface any = NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"));
        assertThatThrownBy(() -> socket.join(InetAddress.getByName("239.1.1.1"), any, null))
                .isInstanceOf(UnsupportedOperationException.class);
    }
}
