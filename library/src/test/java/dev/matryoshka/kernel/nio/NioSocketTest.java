package dev.matryoshka.kernel.nio;

import static dev.matryoshka.kernel.NonBlockingSocket.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.support.LeakCheck;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: where two kinds of channel stand in for one kind of socket, nobody notices. Method: without a poller, against channels of the
 * JDK where that shows more.
 */
@ExtendWith(LeakCheck.class)
class NioSocketTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);

    @TempDir
    Path directory;

    private Kernel kernel;

    @BeforeEach
    void open() throws IOException {
        kernel = new NioProvider().open();
    }

    @AfterEach
    void close() {
        kernel.close();
    }

    private UnixDomainSocketAddress name(String name) {
        return UnixDomainSocketAddress.of(directory.resolve(name));
    }

    private NonBlockingSocket unix() throws IOException {
        return kernel.openStream(StandardProtocolFamily.UNIX);
    }

    private NonBlockingSocket tcp() throws IOException {
        return kernel.openStream(StandardProtocolFamily.INET);
    }

    @Test
    void aUnixConnectThatFindsTheQueueFullFailsAtOnce() throws IOException {
        try (ServerSocketChannel full = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            full.bind(name("full"), 1);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            assertThat(unix().tryConnect(name("full"))).isTrue();
                        }
                    })
                    .isInstanceOf(ConnectException.class)
                    .hasMessageContaining("EAGAIN")
                    .hasMessageContaining("full");
        }
    }

    @Test
    void listenLeavesTheFileOfAUnixSocketAlone() throws IOException {
        NonBlockingSocket socket = unix();
        socket.bind(name("stays"));
        Object before = Files.getAttribute(directory.resolve("stays"), "unix:ino");
        socket.listen(1);
        assertThat(Files.getAttribute(directory.resolve("stays"), "unix:ino")).isEqualTo(before);
        assertThat(socket.localAddress()).isEqualTo(name("stays"));
    }

    @Test
    void aUnixClientMayHaveANameOfItsOwn() throws IOException {
        NonBlockingSocket listener = unix();
        listener.bind(name("listener"));
        listener.listen(1);
        NonBlockingSocket client = unix();
        client.bind(name("client"));
        assertThat(client.tryConnect(name("listener"))).isTrue();
        NonBlockingSocket accepted = listener.tryAccept();
        assertThat(accepted).isNotNull();
        assertThat(accepted.remoteAddress()).isEqualTo(name("client"));
        assertThat(client.localAddress()).isEqualTo(name("client"));
        assertThat(client.trySend(ByteBuffer.wrap(new byte[3]))).isEqualTo(3);
    }

    @Test
    void aUnixSocketThatIsBoundTwiceSaysSo() throws IOException {
        unix().bind(name("taken"));
        NonBlockingSocket second = unix();
        assertThatThrownBy(() -> second.bind(name("taken")))
                .hasMessageContaining("taken")
                .hasMessageContaining("EADDRINUSE");
        second.bind(name("free"));
        assertThat(second.localAddress()).isEqualTo(name("free"));
    }

    @Test
    void theAbstractNamespaceIsNotTheJdks() throws IOException {
        NonBlockingSocket socket = unix();
        assertThatThrownBy(() -> socket.bind(AbstractUnixAddress.of("x")))
                .isInstanceOf(UnsupportedAddressTypeException.class);
        assertThatThrownBy(() -> socket.tryConnect(AbstractUnixAddress.of("x")))
                .isInstanceOf(UnsupportedAddressTypeException.class);
    }

    @Test
    void aSecondListenDoesNothing() throws IOException {
        NonBlockingSocket socket = tcp();
        socket.listen(1);
        Object address = socket.localAddress();
        socket.listen(100);
        assertThat(socket.localAddress()).isEqualTo(address);
        assertThat(socket.tryAccept()).isNull();
    }

    @Test
    void afterAFailedConnectOnlyCloseIsLeft() throws IOException {
        NonBlockingSocket deaf = tcp();
        deaf.bind(ANY_PORT);
        NonBlockingSocket socket = tcp();
        assertThatThrownBy(() -> {
                    boolean done = socket.tryConnect(deaf.localAddress());
                    while (!done) {
                        done = socket.finishConnect();
                    }
                })
                .isInstanceOf(ConnectException.class);
        assertThat(socket.isOpen()).isTrue();
        assertThat(socket.localAddress()).isNull();
        assertThatThrownBy(socket::finishConnect).isInstanceOf(NoConnectionPendingException.class);
        assertThatThrownBy(() -> socket.trySend(ByteBuffer.allocate(1))).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> socket.tryConnect(deaf.localAddress())).isInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> socket.listen(1)).isInstanceOf(SocketException.class);
        socket.close();
        assertThat(socket.isOpen()).isFalse();
    }

    @Test
    void heapBuffersGoInPiecesAndDirectOnesWhole() throws IOException {
        NonBlockingSocket listener = unix();
        listener.bind(name("pieces"));
        listener.listen(1);
        NonBlockingSocket client = unix();
        client.setOption(StandardSocketOptions.SO_SNDBUF, 4 * NioFlow.HEAP_PIECE_BYTES);
        assertThat(client.tryConnect(name("pieces"))).isTrue();
        ByteBuffer heap = ByteBuffer.allocate(2 * NioFlow.HEAP_PIECE_BYTES);
        long before = kernel.systemCalls().send;
        int sent = client.trySend(heap);
        assertThat(kernel.systemCalls().send - before).isEqualTo(Math.ceilDiv(sent, NioFlow.HEAP_PIECE_BYTES));
        assertThat(heap.position()).isEqualTo(sent);
        assertThat(heap.limit()).isEqualTo(heap.capacity());
        NonBlockingSocket server = listener.tryAccept();
        assertThat(server).isNotNull();
        ByteBuffer target = ByteBuffer.allocate(3 * NioFlow.HEAP_PIECE_BYTES);
        assertThat(server.tryRecv(target)).isEqualTo(sent);
        assertThat(target.limit()).isEqualTo(target.capacity());
        assertThat(server.tryRecv(target)).isEqualTo(WOULD_BLOCK);
    }

    @Test
    void gatheringManyHeapBuffersCopiesNoMoreThanAPieceAtATime() throws IOException {
        NonBlockingSocket listener = unix();
        listener.bind(name("gather"));
        listener.listen(1);
        NonBlockingSocket client = unix();
        client.setOption(StandardSocketOptions.SO_SNDBUF, 8 * NioFlow.HEAP_PIECE_BYTES);
        assertThat(client.tryConnect(name("gather"))).isTrue();
        ByteBuffer[] sources = new ByteBuffer[6];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = ByteBuffer.allocate(NioFlow.HEAP_PIECE_BYTES / 2);
        }
        long before = kernel.systemCalls().sendGather;
        long sent = client.trySend(sources, 0, sources.length);
        assertThat(sent).isPositive();
        assertThat(kernel.systemCalls().sendGather - before).isEqualTo(Math.ceilDiv(sent, NioFlow.HEAP_PIECE_BYTES));
    }
}
