package dev.matryoshka.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: Unix sockets do what TCP does, and where they differ all kernels differ alike. Method: {@link KernelContract}. */
class KernelUnixTest extends KernelContract {
    /** A kernel may take a larger backlog than it was told; no test opens thousands of sockets to find its end. */
    private static final int QUEUE_LOOKED_AT = 300;

    @Test
    void unixSocketsWorkAsTcpDoes() throws IOException {
        Watched listener = listener(StandardProtocolFamily.UNIX, 4);
        assertThat(listener.socket.localAddress()).isInstanceOf(UnixDomainSocketAddress.class);
        Pair pair = pair(listener);
        assertThat(pair.client().socket.remoteAddress()).isEqualTo(listener.socket.localAddress());
        driver.send(pair.client(), "ping");
        assertThat(driver.receive(pair.server(), 4)).asString().isEqualTo("ping");
        driver.send(pair.server(), "pong");
        assertThat(driver.receive(pair.client(), 4)).asString().isEqualTo("pong");
        pair.client().socket.shutdownOutput();
        driver.receiveEof(pair.server());
    }

    @Test
    void aUnixNameWithoutASocketIsAConnectExceptionWithTheName() throws IOException {
        SocketAddress nowhere = anyAddress(StandardProtocolFamily.UNIX);
        NonBlockingSocket client = kernel.openStream(StandardProtocolFamily.UNIX);
        assertThatThrownBy(() -> driver.connect(client, nowhere))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining(nowhere.toString())
                .hasMessageContaining("ENOENT");
        client.close();
    }

    @Test
    void aUnixListenerWithAFullQueueRefusesAtOnceInsteadOfPretending() throws IOException {
        Watched listener = listener(StandardProtocolFamily.UNIX, 1);
        SocketAddress address = listener.socket.localAddress();
        int connected = 0;
        IOException full = null;
        while (full == null && connected < QUEUE_LOOKED_AT) {
            NonBlockingSocket client = kernel.openStream(StandardProtocolFamily.UNIX);
            try {
                assertThat(client.tryConnect(address)).isTrue();
                connected++;
            } catch (ConnectException refused) {
                full = refused;
            }
        }
        assertThat(connected).isPositive();
        if (full != null) {
            assertThat(full).hasMessageContaining("EAGAIN").hasMessageContaining(address.toString());
        }
        for (int i = 0; i < connected; i++) {
            assertThat(listener.socket.tryAccept()).isNotNull();
        }
        assertThat(listener.socket.tryAccept()).isNull();
    }

    @Test
    void aNameThatIsTakenIsABindExceptionWithTheName() throws IOException {
        Watched listener = listener(StandardProtocolFamily.UNIX, 1);
        NonBlockingSocket second = kernel.openStream(StandardProtocolFamily.UNIX);
        assertThatThrownBy(() -> second.bind(listener.socket.localAddress()))
                .isInstanceOf(BindException.class)
                .hasMessageContaining(listener.socket.localAddress().toString())
                .hasMessageContaining("EADDRINUSE");
    }

    @Test
    void listenNeedsAName() throws IOException {
        NonBlockingSocket nameless = kernel.openStream(StandardProtocolFamily.UNIX);
        assertThatThrownBy(() -> nameless.listen(1)).isInstanceOf(SocketException.class);
    }

    @Test
    void aClientMayHaveAName() throws IOException {
        Watched listener = listener(StandardProtocolFamily.UNIX, 1);
        SocketAddress name = anyAddress(StandardProtocolFamily.UNIX);
        NonBlockingSocket client = kernel.openStream(StandardProtocolFamily.UNIX);
        client.bind(name);
        assertThat(client.localAddress()).isEqualTo(name);
        driver.connect(client, listener.socket.localAddress());
        assertThat(driver.accept(listener).socket.remoteAddress()).isEqualTo(name);
        assertThat(client.localAddress()).isEqualTo(name);
    }

    @Test
    void sendingToAUnixPeerThatHasClosedFailsAtOnce() throws IOException {
        Pair pair = pair(StandardProtocolFamily.UNIX);
        driver.close(pair.client());
        assertThatThrownBy(() -> pair.server().socket.trySend(ByteBuffer.allocate(1)))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("EPIPE");
    }

    @Test
    void bothEndsAreToldWhoTheOtherOneIs() throws IOException {
        Pair pair = pair(StandardProtocolFamily.UNIX);
        for (Watched end : List.of(pair.client(), pair.server())) {
            PeerCredentials peer = end.socket.peerCredentials();
            boolean byNumber = peer.pid() != PeerCredentials.UNKNOWN;
            if (byNumber) {
                assertThat(peer.pid()).isEqualTo((int) ProcessHandle.current().pid());
            }
            boolean byUser = peer.uid() != PeerCredentials.UNKNOWN;
            if (byUser) {
                assertThat(peer.uid()).isEqualTo(Files.getAttribute(directory, "unix:uid"));
                assertThat(peer.gid()).isEqualTo(Files.getAttribute(directory, "unix:gid"));
            }
            if (peer.user() != null) {
                assertThat(peer.user()).isEqualTo(System.getProperty("user.name"));
            }
            assertThat(byUser || peer.user() != null).as("%s", peer).isTrue();
        }
    }

    @Test
    void onlyConnectedUnixSocketsHaveAPeerWithCredentials() throws IOException {
        assertThatThrownBy(() -> pair().client().socket.peerCredentials())
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("SO_PEERCRED");
        NonBlockingSocket fresh = kernel.openStream(StandardProtocolFamily.UNIX);
        assertThatThrownBy(fresh::peerCredentials)
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("ENOTCONN");
        fresh.close();
        assertThatThrownBy(fresh::peerCredentials).isInstanceOf(ClosedChannelException.class);
    }
}
