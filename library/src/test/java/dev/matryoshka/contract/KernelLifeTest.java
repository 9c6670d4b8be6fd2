package dev.matryoshka.contract;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Parcel;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.support.LeakCheck;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Goal: what is opened is closed, once, and is closed then. Method: {@link KernelContract}, and counting. */
class KernelLifeTest extends KernelContract {
    /** Every method of a socket that can throw. */
    private Map<String, ThrowingCallable> uses(NonBlockingSocket socket) {
        Chunk chunk = kernel.allocate(8);
        ByteBuffer heap = ByteBuffer.allocate(8);
        ByteBuffer empty = ByteBuffer.allocate(0);
        Map<String, ThrowingCallable> uses = new LinkedHashMap<>();
        uses.put("bind", () -> socket.bind(ANY_PORT));
        uses.put("listen", () -> socket.listen(1));
        uses.put("tryAccept", socket::tryAccept);
        uses.put("tryConnect", () -> socket.tryConnect(ANY_PORT));
        uses.put("finishConnect", socket::finishConnect);
        uses.put("tryRecv into a chunk", () -> socket.tryRecv(chunk, 0, 8));
        uses.put("tryRecv into a buffer", () -> socket.tryRecv(heap));
        uses.put("tryRecv into no room", () -> socket.tryRecv(empty));
        uses.put("trySend of a chunk", () -> socket.trySend(chunk, 0, 8));
        uses.put("trySend of a buffer", () -> socket.trySend(heap));
        uses.put("trySend of nothing", () -> socket.trySend(empty));
        uses.put("trySend of buffers", () -> socket.trySend(new ByteBuffer[] {heap}, 0, 1));
        uses.put("trySend of empty buffers", () -> socket.trySend(new ByteBuffer[] {empty}, 0, 1));
        uses.put("shutdownOutput", socket::shutdownOutput);
        uses.put("shutdownInput", socket::shutdownInput);
        uses.put("setIpv6Only", () -> socket.setIpv6Only(true));
        uses.put("setOption", () -> socket.setOption(StandardSocketOptions.SO_SNDBUF, 10_000));
        uses.put("getOption", () -> socket.getOption(StandardSocketOptions.SO_SNDBUF));
        uses.put("register", () -> kernel.poller().register(socket, 77));
        return uses;
    }

    private void assertClosedForEveryUse(NonBlockingSocket socket) {
        assertThat(socket.isOpen()).isFalse();
        assertThat(socket.localAddress()).isNull();
        uses(socket)
                .forEach((name, use) -> assertThatThrownBy(use).as(name).isInstanceOf(ClosedChannelException.class));
        assertThat(socket.takeError()).isNull();
    }

    @Test
    void everyUseAfterAReleaseIsAClosedChannel() throws IOException {
        Pair pair = pair();
        driver.forget(pair.server());
        Parcel parcel = kernel.release(pair.server().socket);
        assertClosedForEveryUse(pair.server().socket);
        pair.server().socket.close();
        assertThat(reported(pair.client().token, 2) & READABLE)
                .as("it is not closed")
                .isZero();
        parcel.close();
        driver.receiveEof(pair.client());
    }

    @Test
    void everyUseAfterCloseIsAClosedChannel() throws IOException {
        Pair pair = pair();
        Watched listener = listener();
        NonBlockingSocket fresh = open();
        driver.close(pair.client());
        driver.close(listener);
        fresh.close();
        assertClosedForEveryUse(pair.client().socket);
        assertClosedForEveryUse(listener.socket);
        assertClosedForEveryUse(fresh);
    }

    @Test
    void closeMayBeCalledTwiceAndClosesNobodyElse() throws IOException {
        NonBlockingSocket first = open();
        first.close();
        Pair pair = pair(); // has got its number by now
        first.close();
        driver.send(pair.client(), "alive");
        assertThat(driver.receive(pair.server(), 5)).asString().isEqualTo("alive");
    }

    @Test
    void deregisterAfterCloseDoesNothing() throws IOException {
        Pair pair = pair();
        driver.close(pair.client());
        kernel.poller().deregister(pair.client().socket);
        driver.receiveEof(pair.server());
    }

    @Test
    void aSocketThatIsClosedWithoutDeregistrationIsClosedAllTheSame() throws IOException {
        Pair pair = pair();
        pair.client().socket.close();
        driver.forget(pair.client());
        driver.receiveEof(pair.server());
    }

    @Test
    void anInterruptOfTheThreadClosesAndBreaksNothing() throws IOException {
        Watched listener = listener();
        Pair pair = pair(listener);
        Thread.currentThread().interrupt();
        try {
            NonBlockingSocket late = open();
            boolean ignored = late.tryConnect(listener.socket.localAddress());
            assertThat(pair.client().socket.trySend(ByteBuffer.allocate(3))).isEqualTo(3);
            assertThat(pair.client().socket.trySend(new ByteBuffer[] {ByteBuffer.allocate(2)}, 0, 1))
                    .isEqualTo(2);
            assertThat(pair.client().socket.tryRecv(ByteBuffer.allocate(1))).isNegative();
            driver.poll(0);
            driver.poll(1_000);
            late.close();
            assertThat(Thread.currentThread().isInterrupted())
                    .as("left to its owner")
                    .isTrue();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(driver.receive(pair.server(), 5)).hasSize(5);
        assertThat(listener.socket.isOpen()).isTrue();
    }

    @Test
    void closingAKernelClosesItsSockets() throws IOException {
        Kernel other = provider.open();
        Watched listener = listener();
        NonBlockingSocket theirs = other.openStream(StandardProtocolFamily.INET);
        NonBlockingSocket theirListener = other.openStream(StandardProtocolFamily.INET);
        theirListener.bind(ANY_PORT);
        theirListener.listen(1);
        other.poller().register(theirListener, 1);
        boolean connected = theirs.tryConnect(listener.socket.localAddress());
        Watched ours = driver.accept(listener);
        driver.until("connected", () -> connected || theirs.finishConnect());
        other.close();
        assertThat(theirs.isOpen()).isFalse();
        assertThat(theirListener.isOpen()).isFalse();
        driver.receiveEof(ours);
    }

    @Test
    void aKernelMayBeClosedTwiceAndIsNoUseAfterwards() throws IOException {
        NonBlockingSocket socket = open();
        kernel.close();
        kernel.close();
        assertThat(socket.isOpen()).isFalse();
        assertThatThrownBy(() -> kernel.openStream(StandardProtocolFamily.INET))
                .isInstanceOfAny(ClosedChannelException.class, IllegalStateException.class);
        assertThatThrownBy(() -> kernel.poller().poll(0, (token, readiness) -> {}))
                .isInstanceOfAny(ClosedChannelException.class, IllegalStateException.class);
        assertThatCode(() -> kernel.poller().wakeup()).doesNotThrowAnyException();
        assertThat(kernel.clock().nanoTime()).isNotZero();
    }

    @Test
    void aHundredConnectionsLeaveNoDescriptorWhileTheKernelLives() throws IOException {
        Watched listener = listener();
        driver.close(pair(listener).client());
        int before = LeakCheck.openDescriptors();
        for (int i = 0; i < 100; i++) {
            Pair pair = pair(listener);
            driver.send(pair.client(), "x");
            assertThat(driver.receive(pair.server(), 1)).hasSize(1);
            driver.close(pair.client());
            driver.close(pair.server());
        }
        assertThat(LeakCheck.openDescriptors()).isEqualTo(before);
    }

    @Test
    void everyWayToCloseGivesTheDescriptorBackAtOnce() throws IOException {
        NonBlockingSocket deaf = open();
        deaf.bind(ANY_PORT);
        NonBlockingSocket listener = open();
        listener.bind(ANY_PORT);
        listener.listen(1);
        int before = LeakCheck.openDescriptors();
        open().close();
        NonBlockingSocket bound = open();
        bound.bind(ANY_PORT);
        bound.close();
        driver.close(listener());
        NonBlockingSocket refused = open();
        assertThatThrownBy(() -> driver.connect(refused, deaf.localAddress())).isInstanceOf(IOException.class);
        kernel.poller().deregister(refused);
        refused.close();
        NonBlockingSocket onItsWay = open();
        boolean ignored = onItsWay.tryConnect(listener.localAddress());
        onItsWay.close();
        assertThat(LeakCheck.openDescriptors()).isEqualTo(before);
    }

    @Test
    void kernelsHaveTheNameOfTheirProvider() throws IOException {
        assertThat(kernel.name())
                .isEqualTo(provider.name())
                .isEqualTo(which.name().replaceFirst(",.*", ""));
    }

    @Test
    void chunksAreDirectAndAsLargeAsAsked() {
        Chunk chunk = kernel.allocate(12_345);
        assertThat(chunk.capacity()).isEqualTo(12_345);
        assertThat(chunk.bytes().isDirect()).isTrue();
        assertThat(chunk.bytes().isReadOnly()).isFalse();
    }

    @Test
    void anEchoIsOneReceiveAndOneSendPerSideAndNoControl() throws IOException {
        Pair pair = pair();
        ByteBuffer message = ByteBuffer.allocateDirect(100);
        ByteBuffer room = ByteBuffer.allocateDirect(200);
        SystemCalls before = null;
        int rounds = 50;
        for (int i = -5; i < rounds; i++) {
            if (i == 0) {
                before = kernel.systemCalls().snapshot();
            }
            assertThat(pair.client().send(message.clear())).isEqualTo(100);
            driver.until("request", () -> pair.server().readable());
            assertThat(pair.server().receive(room.clear())).isEqualTo(100);
            assertThat(pair.server().send(room.flip())).isEqualTo(100);
            driver.until("answer", () -> pair.client().readable());
            assertThat(pair.client().receive(room.clear())).isEqualTo(100);
        }
        SystemCalls spent = kernel.systemCalls().since(before);
        assertThat(spent.send).isEqualTo(2L * rounds);
        assertThat(spent.recv).isBetween(2L * rounds, 2L * rounds + rounds / 2); // an event may be spurious
        assertThat(spent.control).isZero();
        assertThat(spent.open + spent.close + spent.accept + spent.wakeup + spent.sendGather)
                .isZero();
    }

    @Test
    void whatWasOpenedOrAcceptedIsCountedAsClosedInTheEnd() throws IOException {
        Watched listener = listener();
        Pair pair = pair(listener);
        assertThat(pair.client().socket.isOpen()).isTrue();
        assertThat(open().isOpen()).isTrue();
        kernel.close();
        SystemCalls calls = kernel.systemCalls();
        assertThat(calls.close).isEqualTo(calls.open + 1); // one was accepted
    }
}
