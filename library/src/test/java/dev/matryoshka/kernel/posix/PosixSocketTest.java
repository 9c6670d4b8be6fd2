package dev.matryoshka.kernel.posix;

import static dev.matryoshka.kernel.NonBlockingSocket.EOF;
import static dev.matryoshka.kernel.NonBlockingSocket.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.support.Ipv6;
import dev.matryoshka.support.Native;
import dev.matryoshka.support.Refusing;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: what is special about sockets that are descriptors; what all kernels promise is tested by their contract.
 * Method: both ends in one thread, on Unix sockets where no packet may be on its way, without a poller.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PosixSocketTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);

    private final SystemCalls calls = new SystemCalls();
    private final Arena arena = Arena.ofAuto();
    private final PosixSockets sockets = new PosixSockets(new Libc(arena) {}, calls, arena);

    @AfterEach
    void closeAll() {
        sockets.close();
        assertThat(calls.close).isGreaterThanOrEqualTo(calls.open);
    }

    private record Pair(NonBlockingSocket client, NonBlockingSocket server) {}

    private Pair unixPair() throws IOException {
        NonBlockingSocket listener = sockets.openStream(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(""));
        listener.listen(1);
        NonBlockingSocket client = sockets.openStream(StandardProtocolFamily.UNIX);
        assertThat(client.tryConnect(listener.localAddress())).isTrue();
        NonBlockingSocket server = listener.tryAccept();
        listener.close();
        return new Pair(client, server);
    }

    private Pair tcpPair() throws IOException {
        NonBlockingSocket listener = listener();
        NonBlockingSocket client = sockets.openStream(StandardProtocolFamily.INET);
        boolean connected = client.tryConnect(listener.localAddress());
        while (!connected) {
            connected = client.finishConnect();
        }
        NonBlockingSocket server;
        do {
            server = listener.tryAccept();
        } while (server == null);
        listener.close();
        return new Pair(client, server);
    }

    private NonBlockingSocket listener() throws IOException {
        NonBlockingSocket listener = sockets.openStream(StandardProtocolFamily.INET);
        listener.bind(ANY_PORT);
        listener.listen(8);
        return listener;
    }

    @Test
    void heapBuffersAreSentInPiecesAtExactPositions() throws IOException {
        Pair pair = unixPair();
        byte[] sent = new byte[3 * BufferIo.STAGING_BYTES + 12345];
        new Random(1).nextBytes(sent);
        ByteBuffer source = ByteBuffer.wrap(sent);
        ByteBuffer target = ByteBuffer.allocate(sent.length);
        int shortSends = 0;
        while (target.hasRemaining()) {
            int before = source.position();
            int n = pair.client.trySend(source);
            assertThat(source.position() - before).isEqualTo(Math.max(n, 0));
            shortSends += source.hasRemaining() ? 1 : 0;
            before = target.position();
            n = pair.server.tryRecv(target);
            assertThat(target.position() - before).isEqualTo(Math.max(n, 0));
        }
        assertThat(target.array()).isEqualTo(sent);
        assertThat(shortSends).as("a Unix socket holds less than this").isPositive();
    }

    @Test
    void aHeapReceiveTakesAllThatIsThereSoThatShortMeansDrained() throws IOException {
        Pair pair = tcpPair();
        pair.server.setOption(StandardSocketOptions.SO_RCVBUF, 4 * BufferIo.STAGING_BYTES);
        int queued = 0;
        Chunk chunk = chunk(64 * 1024);
        while (queued < BufferIo.STAGING_BYTES + 1000) {
            queued += Math.max(0, pair.client.trySend(chunk, 0, chunk.capacity()));
        }
        ByteBuffer target = ByteBuffer.allocate(queued + 1);
        int received = 0;
        while (received < queued) {
            long before = calls.recv;
            int n = pair.server.tryRecv(target);
            if (n > BufferIo.STAGING_BYTES) {
                assertThat(calls.recv - before).isGreaterThan(1);
            }
            received += Math.max(n, 0);
        }
        assertThat(target.position()).isEqualTo(queued);
        assertThat(pair.server.tryRecv(target)).isEqualTo(WOULD_BLOCK);
    }

    /** unix(7): a receive ends behind the bytes that descriptors came with. */
    @Test
    void aUnixReceiveGoesOnBehindDescriptorsSoThatShortMeansDrained() throws IOException {
        Pair pair = unixPair();
        int descriptor = ((PosixSocket) pair.client).descriptor();
        for (ByteBuffer target : new ByteBuffer[] {ByteBuffer.allocate(100), ByteBuffer.allocateDirect(100)}) {
            pair.client.trySend(text("abc"));
            Native.sendDescriptor(descriptor, "def", descriptor);
            pair.client.trySend(text("ghi"));
            assertThat(pair.server.tryRecv(target)).isEqualTo(9);
            assertThat(StandardCharsets.US_ASCII.decode(target.flip()).toString())
                    .isEqualTo("abcdefghi");
        }
        Native.sendDescriptor(descriptor, "full", descriptor);
        pair.client.trySend(text("rest"));
        assertThat(pair.server.tryRecv(ByteBuffer.allocateDirect(4))).isEqualTo(4);
        assertThat(pair.server.tryRecv(ByteBuffer.allocateDirect(100))).isEqualTo(4);
        Native.sendDescriptor(descriptor, "last", descriptor);
        pair.client.close();
        assertThat(pair.server.tryRecv(ByteBuffer.allocateDirect(100))).isEqualTo(4);
        assertThat(pair.server.tryRecv(ByteBuffer.allocateDirect(100))).isEqualTo(EOF);
    }

    @Test
    void aUnixReceiveWithoutDescriptorsIsOneCall() throws IOException {
        Pair pair = unixPair();
        Chunk chunk = chunk(100);
        pair.client.trySend(text("abc"));
        long before = calls.recv;
        assertThat(pair.server.tryRecv(chunk, 0, 100)).isEqualTo(3);
        assertThat(calls.recv - before).isEqualTo(1);
    }

    @Test
    void gatheringMixesHeapAndDirectReadOnlyAndEmptyBuffers() throws IOException {
        Pair pair = unixPair();
        ByteBuffer[] sources = {
            text("left out"),
            text("he"),
            ByteBuffer.allocate(0),
            direct("ll"),
            text("xo, wx").slice(1, 4).asReadOnlyBuffer(),
            direct("orld").asReadOnlyBuffer(),
            text("left out")
        };
        assertThat(pair.client.trySend(sources, 1, 5)).isEqualTo(12);
        assertThat(calls.sendGather).isEqualTo(1);
        assertThat(received(pair.server)).isEqualTo("hello, world");
        assertThat(sources[0].remaining()).isEqualTo(8);
        assertThat(sources[3].hasRemaining()).isFalse();
        assertThat(sources[5].hasRemaining()).isFalse();
        assertThat(pair.client.trySend(sources, 1, 5)).isZero();
        assertThat(calls.sendGather).as("nothing to send is no call").isEqualTo(1);
    }

    @Test
    void gatheringMoreThanTheTableTakesGoesOnNextTime() throws IOException {
        Pair pair = unixPair();
        ByteBuffer[] sources = new ByteBuffer[NonBlockingSocket.GATHER_MAX + 7];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = text("x");
        }
        assertThat(pair.client.trySend(sources, 0, sources.length)).isEqualTo(NonBlockingSocket.GATHER_MAX);
        assertThat(pair.client.trySend(sources, NonBlockingSocket.GATHER_MAX, 7))
                .isEqualTo(7);
    }

    @Test
    void gatheringMoreHeapBytesThanTheStagingMemoryHoldsIsSeveralCallsAndInOrder() throws IOException {
        Pair pair = unixPair();
        byte[] bytes = new byte[2 * BufferIo.STAGING_BYTES];
        new Random(2).nextBytes(bytes);
        ByteBuffer[] sources = new ByteBuffer[5];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = ByteBuffer.wrap(bytes, i * 100_001, 100_001);
        }
        ByteBuffer target = ByteBuffer.allocate(5 * 100_001);
        while (target.hasRemaining()) {
            pair.client.trySend(sources, 0, sources.length);
            pair.server.tryRecv(target);
        }
        assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(bytes, 0, 5 * 100_001));
    }

    @Test
    void aChunkIsReceivedIntoAndSentFromInPlace() throws IOException {
        Pair pair = unixPair();
        Chunk chunk = chunk(100);
        chunk.bytes().put(10, new byte[] {1, 2, 3});
        assertThat(pair.client.trySend(chunk, 10, 3)).isEqualTo(3);
        assertThat(pair.server.tryRecv(chunk, 97, 3)).isEqualTo(3);
        assertThat(chunk.bytes().get(99)).isEqualTo((byte) 3);
        assertThat(pair.server.tryRecv(chunk, 0, 100)).isEqualTo(WOULD_BLOCK);
        pair.client.shutdownOutput();
        assertThat(pair.server.tryRecv(chunk, 0, 100)).isEqualTo(EOF);
        assertThat(pair.server.tryRecv(chunk, 0, 100)).isEqualTo(EOF);
    }

    @Test
    void aRangeOutsideOfTheChunkNeverReachesTheKernel() throws IOException {
        Pair pair = unixPair();
        Chunk chunk = chunk(100);
        assertThatThrownBy(() -> pair.server.tryRecv(chunk, 1, 100)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> pair.server.tryRecv(chunk, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> pair.client.trySend(chunk, Integer.MAX_VALUE, 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> pair.server.tryRecv(chunk, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pair.server.tryRecv(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(calls.recv + calls.send).isZero();
    }

    @Test
    void bytesThatCameBeforeAResetAreAnsweredBeforeIt() throws IOException {
        Pair pair = tcpPair();
        pair.client.trySend(text("last words"));
        ByteBuffer target = ByteBuffer.allocate(100);
        int n;
        do {
            n = pair.server.tryRecv(target.limit(4));
        } while (n == WOULD_BLOCK);
        pair.client.setOption(StandardSocketOptions.SO_LINGER, 0);
        pair.client.close();
        assertThatThrownBy(() -> receiveForever(pair.server))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessage("receive from " + SocketAddresses.text(pair.server.remoteAddress())
                        + ": Connection reset by peer (ECONNRESET)");
    }

    @Test
    void theRemoteAddressIsKnownAfterClose() throws IOException {
        Pair pair = tcpPair();
        Object clientsOwn = pair.client.localAddress();
        pair.client.close();
        pair.server.close();
        assertThat(pair.server.remoteAddress()).isEqualTo(clientsOwn);
        assertThat(pair.server.localAddress()).isNull();
    }

    @Test
    void addressesAreNullBeforeThereAreAny() throws IOException {
        for (StandardProtocolFamily family : StandardProtocolFamily.values()) {
            PosixSocket socket = sockets.openStream(family);
            assertThat(socket.localAddress()).isNull();
            assertThat(socket.remoteAddress()).isNull();
        }
    }

    @Test
    void anAbstractNameCanBeListenedOnAndConnectedTo() throws IOException {
        AbstractUnixAddress name = AbstractUnixAddress.of(
                "matryoshka-test-" + ProcessHandle.current().pid());
        NonBlockingSocket listener = sockets.openStream(StandardProtocolFamily.UNIX);
        listener.bind(name);
        listener.listen(1);
        NonBlockingSocket client = sockets.openStream(StandardProtocolFamily.UNIX);
        assertThat(client.tryConnect(name)).isTrue();
        NonBlockingSocket server = listener.tryAccept();
        assertThat(server.localAddress()).isEqualTo(name);
        assertThat(server.remoteAddress()).isEqualTo(UnixDomainSocketAddress.of(""));
        assertThat(client.localAddress()).isEqualTo(UnixDomainSocketAddress.of(""));
        assertThat(client.remoteAddress()).isEqualTo(name);
    }

    @Test
    void aUnixListenerWithAFullQueueRefusesAtOnce() throws IOException {
        NonBlockingSocket listener = sockets.openStream(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(""));
        listener.listen(1);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 10; i++) {
                        sockets.openStream(StandardProtocolFamily.UNIX).tryConnect(listener.localAddress());
                    }
                })
                .isExactlyInstanceOf(ConnectException.class)
                .hasMessageContaining("(EAGAIN)");
    }

    @Test
    void connectingNowhereNamesTheAddress(@TempDir Path directory) throws IOException {
        PosixSocket tcp = sockets.openStream(StandardProtocolFamily.INET);
        try (Refusing nobody = Refusing.open()) {
            assertThatThrownBy(() -> {
                        boolean connected = tcp.tryConnect(nobody.address());
                        while (!connected) {
                            connected = tcp.finishConnect();
                        }
                    })
                    .isExactlyInstanceOf(ConnectException.class)
                    .hasMessage("connect to 127.0.0.1:" + nobody.address().getPort()
                            + ": Connection refused (ECONNREFUSED)");
        }
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() ->
                        sockets.openStream(StandardProtocolFamily.UNIX).tryConnect(UnixDomainSocketAddress.of(missing)))
                .isExactlyInstanceOf(ConnectException.class)
                .hasMessage("connect to " + missing + ": No such file or directory (ENOENT)");
    }

    @Test
    void bindingWhatIsTakenOrForeignNamesTheAddress() throws IOException {
        NonBlockingSocket listener = listener();
        assertThatThrownBy(() -> sockets.openStream(StandardProtocolFamily.INET).bind(listener.localAddress()))
                .isExactlyInstanceOf(BindException.class)
                .hasMessage("bind to " + SocketAddresses.text(listener.localAddress())
                        + ": Address already in use (EADDRINUSE)");
        assertThatThrownBy(() ->
                        sockets.openStream(StandardProtocolFamily.INET).bind(new InetSocketAddress("192.0.2.1", 0)))
                .isExactlyInstanceOf(BindException.class)
                .hasMessage("bind to 192.0.2.1:0: Cannot assign requested address (EADDRNOTAVAIL)");
        assertThatThrownBy(() -> sockets.openStream(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of("/" + "a".repeat(200))))
                .isExactlyInstanceOf(BindException.class)
                .hasMessageEndingWith("File name too long (ENAMETOOLONG)");
    }

    @Test
    void finishingAConnectThatWasNeverBegunIsAMisuse() throws IOException {
        PosixSocket socket = sockets.openStream(StandardProtocolFamily.INET);
        assertThatThrownBy(socket::finishConnect).isInstanceOf(NoConnectionPendingException.class);
        assertThat(tcpPair().client.finishConnect()).as("again, when connected").isTrue();
    }

    @Test
    void afterCloseEverythingIsClosedAndNothingIsCalled() throws IOException {
        Pair pair = unixPair();
        pair.client.close();
        pair.client.close();
        assertThat(pair.client.isOpen()).isFalse();
        long closes = calls.close;
        Chunk chunk = chunk(10);
        assertThatThrownBy(() -> pair.client.tryRecv(chunk, 0, 1)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> pair.client.tryRecv(chunk.bytes())).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> pair.client.trySend(chunk, 0, 1)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> pair.client.trySend(text("x"))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> pair.client.trySend(new ByteBuffer[] {text("x")}, 0, 1))
                .isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(pair.client::tryAccept).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(pair.client::shutdownOutput).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> pair.client.getOption(StandardSocketOptions.SO_SNDBUF))
                .isInstanceOf(ClosedChannelException.class);
        assertThat(pair.client.takeError()).isNull();
        assertThat(calls.recv + calls.send + calls.sendGather).isZero();
        assertThat(calls.close).isEqualTo(closes);
    }

    @Test
    void aClosedSetOpensNothing() {
        sockets.close();
        assertThatThrownBy(() -> sockets.openStream(StandardProtocolFamily.INET))
                .isInstanceOf(ClosedChannelException.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = PosixOption.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"SO_BROADCAST", "IP_MULTICAST_TTL", "IP_MULTICAST_LOOP"})
    void everyOptionOfATcpSocketIsReadBackAsItWasSet(PosixOption option) throws IOException {
        NonBlockingSocket socket = tcpPair().client;
        switch (option.kind) {
            case FLAG -> {
                assertReadBack(socket, option.name(), Boolean.class, true);
                assertReadBack(socket, option.name(), Boolean.class, false);
            }
            case BUFFER_BYTES -> assertReadBack(socket, option.name(), Integer.class, 50_000);
            case BYTE -> assertReadBack(socket, option.name(), Integer.class, 0x10);
            case COUNT -> assertReadBack(socket, option.name(), Integer.class, 7);
            case LINGER_SECONDS -> {
                assertReadBack(socket, option.name(), Integer.class, 0);
                assertReadBack(socket, option.name(), Integer.class, 60);
                assertReadBack(socket, option.name(), Integer.class, -1);
            }
        }
    }

    private static <T> void assertReadBack(NonBlockingSocket socket, String name, Class<T> type, T value)
            throws IOException {
        SocketOption<T> option = new NamedOption<>(name, type);
        socket.setOption(option, value);
        assertThat(socket.getOption(option)).as(name).isEqualTo(value);
    }

    /** The options of jdk.net have these names too; the library does not need that module. */
    private record NamedOption<T>(String name, Class<T> type) implements SocketOption<T> {}

    @Test
    void trafficClassIsSetOnIpv6Too() throws IOException {
        Ipv6.assume();
        PosixSocket socket = sockets.openStream(StandardProtocolFamily.INET6);
        socket.setOption(StandardSocketOptions.IP_TOS, 0x10);
        assertThat(socket.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(0x10);
        assertThat(sockets.getOption(socket.descriptor(), Constants.IPPROTO_IPV6, Constants.IPV6_TCLASS))
                .isZero();
        assertThat(sockets.optionInt(0)).isEqualTo(0x10);
    }

    @Test
    void optionsThatDoNotExistOrDoNotFitAreRefused() throws IOException {
        PosixSocket unix = sockets.openStream(StandardProtocolFamily.UNIX);
        PosixSocket tcp = sockets.openStream(StandardProtocolFamily.INET);
        assertThatThrownBy(() -> unix.setOption(StandardSocketOptions.TCP_NODELAY, true))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("TCP_NODELAY on a UNIX socket");
        assertThatThrownBy(() -> tcp.getOption(StandardSocketOptions.IP_MULTICAST_TTL))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> tcp.setOption(StandardSocketOptions.IP_TOS, 256))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("256");
        assertThatThrownBy(() -> tcp.setOption(StandardSocketOptions.SO_SNDBUF, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void halfClosingWhatIsNotConnectedIsIgnored() throws IOException {
        PosixSocket socket = sockets.openStream(StandardProtocolFamily.INET);
        socket.shutdownOutput();
        socket.shutdownInput();
    }

    private static void receiveForever(NonBlockingSocket socket) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(100);
        while (socket.tryRecv(target.clear()) != EOF) {
            Thread.onSpinWait();
        }
    }

    private static String received(NonBlockingSocket socket) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(1000);
        socket.tryRecv(target);
        return new String(target.array(), 0, target.position(), StandardCharsets.UTF_8);
    }

    private static Chunk chunk(int bytes) {
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes);
        return new Chunk(memory, BufferIo.address(memory));
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ByteBuffer direct(String text) {
        ByteBuffer bytes = text(text);
        return ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
    }
}
