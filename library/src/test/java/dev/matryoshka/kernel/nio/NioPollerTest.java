package dev.matryoshka.kernel.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.support.LeakCheck;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Goal: what is special about a Selector; what every poller promises is tested by the contract. */
@ExtendWith(LeakCheck.class)
@Timeout(30)
class NioPollerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress("127.0.0.1", 0);

    private final NioKernel kernel = open();
    private final NioPoller poller = kernel.poller();

    private static NioKernel open() {
        try {
            return (NioKernel) new NioProvider().open();
        } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
        }
    }

    @AfterEach
    void close() {
        kernel.close();
    }

    private NioSocket listener() throws IOException {
        NioSocket socket = (NioSocket) kernel.openStream(StandardProtocolFamily.INET);
        socket.bind(ANY_PORT);
        socket.listen(8);
        return socket;
    }

    private NioSocket connecting(NonBlockingSocket listener) throws IOException {
        NioSocket socket = (NioSocket) kernel.openStream(StandardProtocolFamily.INET);
        boolean ignored = socket.tryConnect(listener.localAddress());
        return socket;
    }

    private NioSocket connected(NonBlockingSocket listener) throws IOException {
        NioSocket socket = connecting(listener);
        while (!socket.finishConnect()) {
            Thread.onSpinWait();
        }
        return socket;
    }

    private int operations(NioSocket socket) {
        SelectionKey key = socket.registration().key;
        return key == null ? -1 : key.interestOps();
    }

    @Test
    void theCarrierPollsBecauseTheJdkWouldParkAVirtualThread() {
        assertThat(poller.pollsOnVirtualThread()).isFalse();
    }

    @Test
    void aFlushDoesNotSwallowAWakeup() throws IOException {
        poller.wakeup();
        poller.flush();
        assertThat(poller.poll(-1, (token, readiness) -> {})).isZero();
    }

    @Test
    void aFlushBetweenTwoPollsDoesNotInventAWakeup() throws IOException {
        poller.wakeup();
        assertThat(poller.poll(-1, (token, readiness) -> {})).isZero();
        assertThat(poller.poll(0, (token, readiness) -> {})).isZero();
        poller.flush();
        long start = System.nanoTime();
        assertThat(poller.poll(3_000_000, (token, readiness) -> {})).isZero();
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(3_000_000);
    }

    @Test
    void oneFlushServesEveryCloseOfAPass() throws IOException {
        NioSocket listener = listener();
        List<NioSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            sockets.add(connected(listener));
            poller.register(sockets.get(i), i);
        }
        sockets.forEach(poller::deregister);
        assertThat(sockets).allMatch(socket -> socket.channel().isRegistered());
        sockets.getFirst().close();
        assertThat(sockets).noneMatch(socket -> socket.channel().isRegistered());
    }

    @Test
    void theInterestFollowsWhatTheSocketHasBecome() throws IOException {
        NioSocket listener = listener();
        poller.register(listener, 1);
        assertThat(operations(listener)).isEqualTo(SelectionKey.OP_ACCEPT);
        NioSocket client = connecting(listener);
        poller.register(client, 2);
        assertThat(operations(client)).isEqualTo(SelectionKey.OP_CONNECT);
        poller.interest(client, Readiness.WRITABLE);
        assertThat(operations(client)).isEqualTo(SelectionKey.OP_CONNECT);
        while (!client.finishConnect()) {
            Thread.onSpinWait();
        }
        assertThat(operations(client)).isEqualTo(SelectionKey.OP_WRITE);
        poller.interest(client, Readiness.READABLE | Readiness.WRITABLE);
        assertThat(operations(client)).isEqualTo(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        poller.interest(client, 0);
        assertThat(operations(client)).isZero();
    }

    @Test
    void aSocketMayBeRegisteredBeforeItHasARole() throws IOException {
        NioSocket early = (NioSocket) kernel.openStream(StandardProtocolFamily.INET);
        poller.register(early, 5);
        assertThat(operations(early)).as("no key yet").isEqualTo(-1);
        early.bind(ANY_PORT);
        early.listen(1);
        assertThat(operations(early)).isEqualTo(SelectionKey.OP_ACCEPT);
        NioSocket client = connected(early);
        long[] reported = {-1};
        assertThat(poller.poll(-1, (token, readiness) -> reported[0] = token)).isEqualTo(1);
        assertThat(reported[0]).isEqualTo(5);
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void anInterestThatStaysTheSameCostsNothing() throws IOException {
        NioSocket client = connected(listener());
        poller.register(client, 1);
        long before = kernel.systemCalls().control;
        poller.interest(client, Readiness.READABLE);
        assertThat(kernel.systemCalls().control).isEqualTo(before);
        poller.interest(client, 0);
        poller.interest(client, 0);
        assertThat(kernel.systemCalls().control).isEqualTo(before + 1);
    }

    @Test
    void interestWithoutARegistrationIsAMistake() throws IOException {
        NioSocket client = connected(listener());
        assertThatThrownBy(() -> poller.interest(client, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anInterruptEndsAWaitAndStays() throws IOException {
        Thread.currentThread().interrupt();
        assertThat(poller.poll(-1, (token, readiness) -> {})).isZero();
        assertThat(Thread.interrupted()).isTrue();
    }
}
