package dev.matryoshka.kernel.epoll;

import static dev.matryoshka.kernel.NonBlockingSocket.EOF;
import static dev.matryoshka.kernel.NonBlockingSocket.WOULD_BLOCK;
import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.URGENT;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.posix.Errno;
import dev.matryoshka.support.Refusing;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: the facts of epoll that the poller's essay builds on hold on this Linux, and its counts are exact. Method: our
 * end through the kernel, the other end a blocking java.net.Socket in the same thread; on loopback what it sends has
 * arrived when its call returns.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EpollKernelTest {
    private static final long TOKEN = 7;

    private final Map<Long, Integer> seen = new HashMap<>();
    private Kernel kernel;
    private Poller poller;
    private Chunk chunk;
    private NonBlockingSocket server;
    private Socket peer;

    @BeforeEach
    void open() throws IOException {
        assumeTrue(EpollProvider.whyUnavailable() == null, String.valueOf(EpollProvider.whyUnavailable()));
        kernel = new EpollProvider().open();
        poller = kernel.poller();
        chunk = kernel.allocate(64 * 1024);
    }

    @AfterEach
    void close() throws IOException {
        if (kernel != null) {
            kernel.close();
        }
        if (peer != null) {
            peer.close();
        }
    }

    /** An accepted and registered connection, with the edge of its birth collected. */
    private void connect() throws IOException {
        NonBlockingSocket listener = listener();
        peer = new Socket();
        peer.connect(listener.localAddress());
        peer.setTcpNoDelay(true);
        server = listener.tryAccept();
        listener.close();
        poller.register(server, TOKEN);
        assertThat(poll(-1)).isEqualTo(WRITABLE);
    }

    private NonBlockingSocket listener() throws IOException {
        NonBlockingSocket listener = kernel.openStream(StandardProtocolFamily.INET);
        listener.bind(new InetSocketAddress("127.0.0.1", 0));
        listener.listen(16);
        return listener;
    }

    /** What one poll reports of the connection; 0 for nothing. */
    private int poll(long timeoutNanos) throws IOException {
        seen.clear();
        int reported = poller.poll(timeoutNanos, (token, bits) -> seen.merge(token, bits, (a, b) -> a | b));
        assertThat(reported).isEqualTo(seen.size());
        return seen.getOrDefault(TOKEN, 0);
    }

    @Test
    void anEchoIsOneReceiveOneSendAndOnePoll() throws IOException {
        connect();
        SystemCalls before = kernel.systemCalls().snapshot();
        for (int i = 0; i < 10; i++) {
            echo();
        }
        assertThat(kernel.systemCalls().since(before))
                .hasToString(
                        "recv=10 send=10 sendGather=0 sendFile=0 accept=0 poll=10 control=0 wakeup=0 open=0 close=0");
    }

    private void echo() throws IOException {
        peer.getOutputStream().write(42);
        poller.poll(-1, (token, bits) -> {});
        assertThat(server.tryRecv(chunk, 0, chunk.capacity())).isOne();
        assertThat(server.trySend(chunk, 0, 1)).isOne();
        assertThat(peer.getInputStream().read()).isEqualTo(42);
    }

    @Test
    void aLifeIsOneControlCall() throws IOException {
        connect();
        poller.interest(server, READABLE | WRITABLE);
        poller.interest(server, 0);
        poller.deregisterToClose(server);
        server.close();
        SystemCalls calls = kernel.systemCalls();
        assertThat(calls.control).as("the bell's, and the connection's one").isEqualTo(2);
        assertThat(calls.open).isEqualTo(1);
        assertThat(calls.accept).isEqualTo(1);
        assertThat(calls.close).isEqualTo(2);
    }

    /** A busy machine compiles late; less than the limit of the class. */
    private static final long COMPILED_NANOS = 20_000_000_000L;

    /** The path that an echo takes, without the peer, whose streams allocate: receive is refused, send is not. */
    @Test
    void aMessageAllocatesNothingOnceCompiled() throws IOException {
        connect();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] sink = new byte[64];
        long leastBytes = Long.MAX_VALUE;
        long began = System.nanoTime();
        while (leastBytes > 0 && System.nanoTime() - began < COMPILED_NANOS) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++) {
                poller.poll(0, EpollKernelTest::ignore);
                server.tryRecv(chunk, 0, 64);
                server.trySend(chunk, 0, 64);
                peer.getInputStream().readNBytes(sink, 0, 64);
            }
            leastBytes = Math.min(leastBytes, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(leastBytes).as("bytes in the best round of 1000 messages").isZero();
    }

    private static void ignore(long token, int bits) {}

    @Test
    void aFinThatComesWithDataIsReportedWithIt() throws IOException {
        connect();
        peer.getOutputStream().write(new byte[3]);
        peer.shutdownOutput();
        assertThat(poll(-1) & (READABLE | HANGUP)).isEqualTo(READABLE | HANGUP);
        assertThat(server.tryRecv(chunk, 0, 100)).isEqualTo(3);
        assertThat(poll(0))
                .as("no edge follows: a short read must not be the last")
                .isZero();
        assertThat(server.tryRecv(chunk, 0, 100)).isEqualTo(EOF);
    }

    @Test
    void aFinAfterTheDataIsAnEdgeOfItsOwn() throws IOException {
        connect();
        peer.getOutputStream().write(new byte[3]);
        assertThat(poll(-1) & (READABLE | HANGUP)).isEqualTo(READABLE);
        peer.shutdownOutput();
        assertThat(poll(-1) & (READABLE | HANGUP)).isEqualTo(READABLE | HANGUP);
    }

    @Test
    void anUrgentByteStopsAReceiveAndIsReportedUntilItIsPassed() throws IOException {
        connect();
        peer.getOutputStream().write(new byte[3]);
        peer.sendUrgentData('!');
        peer.getOutputStream().write(new byte[2]);
        assertThat(poll(-1) & (READABLE | URGENT)).isEqualTo(READABLE | URGENT);
        assertThat(server.tryRecv(chunk, 0, 100)).isEqualTo(3);
        assertThat(poll(0)).as("no edge for what lies behind it").isZero();
        assertThat(server.tryRecv(chunk, 0, 100))
                .as("the urgent byte is not part of the stream")
                .isEqualTo(2);
        peer.getOutputStream().write(1);
        assertThat(poll(-1) & (READABLE | URGENT)).isEqualTo(READABLE);
    }

    @Test
    void anUrgentByteAloneIsNothingToRead() throws IOException {
        connect();
        peer.sendUrgentData('!');
        assertThat(poll(-1) & (READABLE | URGENT)).isEqualTo(URGENT);
        assertThat(server.tryRecv(chunk, 0, 100)).isEqualTo(WOULD_BLOCK);
    }

    @Test
    void readinessThatNobodyCollectsIsReportedOnce() throws IOException {
        connect();
        peer.getOutputStream().write(1);
        assertThat(poll(-1) & READABLE).isEqualTo(READABLE);
        assertThat(poll(0)).isZero();
        peer.getOutputStream().write(1);
        assertThat(poll(-1) & READABLE).as("more bytes, one more edge").isEqualTo(READABLE);
    }

    @Test
    void aResetIsReportedInEveryWayAndReadAsAnError() throws IOException {
        connect();
        peer.setSoLinger(true, 0);
        peer.close();
        assertThat(poll(-1)).isEqualTo(READABLE | WRITABLE | HANGUP | ERROR);
        assertThatThrownBy(() -> server.tryRecv(chunk, 0, 100))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessageContaining("(ECONNRESET)");
        assertThat(server.tryRecv(chunk, 0, 100)).as("told once").isEqualTo(EOF);
    }

    @Test
    void aResetAfterAHalfCloseIsToldOnceAndDoesNotSpin() throws IOException {
        connect();
        server.shutdownOutput();
        assertThat(peer.getInputStream().read()).isEqualTo(-1);
        poll(0);
        peer.setSoLinger(true, 0);
        peer.close();
        assertThat(poll(-1) & (ERROR | HANGUP)).isEqualTo(ERROR | HANGUP);
        assertThat(poll(0)).isZero();
        IOException pending = server.takeError();
        assertThat(pending)
                .isExactlyInstanceOf(SocketException.class)
                .hasMessageStartingWith("connection to 127.0.0.1:")
                .hasMessageEndingWith("Connection reset by peer (ECONNRESET)");
        assertThat(server.takeError()).isNull();
    }

    @Test
    void aRefusedConnectEndsWithAnEventAndTheAddress() throws IOException {
        NonBlockingSocket client = kernel.openStream(StandardProtocolFamily.INET);
        try (Refusing nobody = Refusing.open()) {
            assumeTrue(!client.tryConnect(nobody.address()), "refused at once");
            poller.register(client, TOKEN);
            assertThat(poll(-1) & (WRITABLE | ERROR)).isEqualTo(WRITABLE | ERROR);
            assertThatThrownBy(client::finishConnect)
                    .isExactlyInstanceOf(ConnectException.class)
                    .hasMessage("connect to 127.0.0.1:" + nobody.address().getPort()
                            + ": Connection refused (ECONNREFUSED)");
        }
        assertThat(client.remoteAddress()).isNull();
    }

    @Test
    void aConnectEndsWithWritable() throws IOException {
        NonBlockingSocket listener = listener();
        NonBlockingSocket client = kernel.openStream(StandardProtocolFamily.INET);
        boolean atOnce = client.tryConnect(listener.localAddress());
        poller.register(client, TOKEN);
        assertThat(poll(-1)).isEqualTo(WRITABLE);
        assertThat(atOnce || client.finishConnect()).isTrue();
        assertThat(client.remoteAddress()).isEqualTo(listener.localAddress());
    }

    @Test
    void aRefusedSendIsFollowedByAnEdgeWhenThereIsRoom() throws IOException {
        connect();
        long sent = 0;
        int n;
        while ((n = server.trySend(chunk, 0, chunk.capacity())) != WOULD_BLOCK) {
            sent += n;
        }
        assertThat(poll(0) & WRITABLE).isZero();
        peer.getInputStream().readNBytes((int) sent);
        assertThat(poll(-1) & WRITABLE).isEqualTo(WRITABLE);
    }

    @Test
    void moreEventsThanTheArrayHoldsComeWithTheNextPoll() throws IOException {
        int extra = 50;
        for (int i = 0; i < EpollPoller.EVENTS + extra; i++) {
            // before its connect a TCP socket reports a hangup, which is all that this needs
            poller.register(kernel.openStream(StandardProtocolFamily.INET), i);
        }
        assertThat(poller.poll(0, (token, bits) -> seen.put(token, bits))).isEqualTo(EpollPoller.EVENTS);
        assertThat(poller.poll(0, (token, bits) -> seen.put(token, bits))).isEqualTo(extra);
        assertThat(seen).hasSize(EpollPoller.EVENTS + extra);
    }

    @Test
    void aTokenComesBackWithAll64Bits() throws IOException {
        connect();
        poller.deregister(server);
        poller.register(server, Long.MIN_VALUE | 0x0123_4567_89ab_cdefL);
        poll(-1);
        assertThat(seen).containsOnlyKeys(Long.MIN_VALUE | 0x0123_4567_89ab_cdefL);
    }

    @Test
    void afterDeregistrationNothingIsReportedAndASecondOneIsNothing() throws IOException {
        connect();
        peer.getOutputStream().write(1);
        poller.deregister(server);
        poller.deregister(server);
        assertThat(poll(0)).isZero();
        server.close();
        long control = kernel.systemCalls().control;
        poller.deregister(server);
        assertThat(kernel.systemCalls().control).isEqualTo(control);
    }

    @Test
    void wrongRegistrationsAreRefused() throws IOException {
        connect();
        assertThatThrownBy(() -> poller.register(server, TOKEN)).isInstanceOf(IllegalStateException.class);
        NonBlockingSocket fresh = kernel.openStream(StandardProtocolFamily.INET);
        assertThatThrownBy(() -> poller.register(fresh, EpollPoller.BELL_TOKEN))
                .isInstanceOf(IllegalArgumentException.class);
        fresh.close();
        assertThatThrownBy(() -> poller.register(fresh, 1)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aWakeupFromAnotherThreadEndsAWait() throws Exception {
        for (int i = 0; i < 100; i++) {
            Thread waker = Thread.ofPlatform().start(poller::wakeup);
            assertThat(poll(-1)).isZero();
            waker.join();
        }
        assertThat(kernel.systemCalls().snapshot().wakeup).isEqualTo(100);
    }

    @Test
    void wakeupsBeforeAPollEndThatOneAndNoOther() throws IOException {
        poller.wakeup();
        poller.wakeup();
        assertThat(poll(-1)).isZero();
        long start = System.nanoTime();
        assertThat(poll(2_000_000)).isZero();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(2_000_000);
    }

    @Test
    void aTimedPollNeverReturnsEarlyWithNothing() throws IOException {
        for (boolean nanos : new boolean[] {true, false}) {
            ((EpollPoller) poller).waitsNanos = nanos;
            for (long timeout : new long[] {1, 1_000, 999_999, 1_000_001}) {
                long start = System.nanoTime();
                assertThat(poll(timeout)).isZero();
                assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(timeout);
            }
        }
    }

    @Test
    void aWaitThatTheSystemOrASandboxRefusesIsMadeInMilliseconds() {
        assertThat(EpollPoller.isRefused(-Errno.ENOSYS.number)).isTrue();
        assertThat(EpollPoller.isRefused(-Errno.EPERM.number)).as("seccomp").isTrue();
        assertThat(EpollPoller.isRefused(-Errno.EINTR.number)).isFalse();
        assertThat(EpollPoller.isRefused(-Errno.EBADF.number)).isFalse();
        assertThat(EpollPoller.isRefused(0)).isFalse();
    }

    @Test
    void millisecondsAreRoundedUpAndBounded() {
        assertThat(EpollPoller.roundUpToMillis(1)).isEqualTo(1);
        assertThat(EpollPoller.roundUpToMillis(1_000_000)).isEqualTo(1);
        assertThat(EpollPoller.roundUpToMillis(1_000_001)).isEqualTo(2);
        assertThat(EpollPoller.roundUpToMillis(Long.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void closeClosesEveryDescriptorAndMayBeCalledTwice() throws IOException {
        long others = descriptors();
        try (Kernel second = new EpollProvider().open()) {
            for (StandardProtocolFamily family : StandardProtocolFamily.values()) {
                second.poller().register(second.openStream(family), family.ordinal());
            }
            assertThat(descriptors()).isEqualTo(others + 2 + 3);
            second.close();
            second.poller().wakeup();
            assertThat(descriptors()).isEqualTo(others);
            assertThatThrownBy(() -> second.openStream(StandardProtocolFamily.INET))
                    .isInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> second.poller().poll(0, (token, bits) -> {}))
                    .isInstanceOf(ClosedChannelException.class);
        }
    }

    /** Sockets, epoll sets and eventfds of this process; class loading opens and closes other files. */
    private static long descriptors() throws IOException {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
            return open.filter(EpollKernelTest::isOurKind).count();
        }
    }

    private static boolean isOurKind(Path link) {
        try {
            String target = Files.readSymbolicLink(link).toString();
            return target.startsWith("socket:") || target.startsWith("anon_inode:[event");
        } catch (IOException e) {
            return false;
        }
    }
}
