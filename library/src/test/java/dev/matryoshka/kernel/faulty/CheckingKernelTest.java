package dev.matryoshka.kernel.faulty;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.memory.Side.address;
import static dev.matryoshka.kernel.memory.Side.receive;
import static dev.matryoshka.kernel.memory.Side.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.kernel.memory.Side;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.FutureTask;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Goal: every rule for the users of a kernel fires, and none fires without cause. Method: break each once. */
@Timeout(20)
class CheckingKernelTest {
    private final MemoryNetwork network = new MemoryNetwork();
    private Side side;
    private CheckingKernel kernel;
    private NonBlockingSocket socket;
    private boolean expectsViolation = true;

    @BeforeEach
    void open() throws IOException {
        side = new Side(CheckingKernel.provider(network));
        kernel = (CheckingKernel) side.kernel;
        socket = side.open();
    }

    @AfterEach
    void close() {
        assertThat(kernel.violations().isEmpty()).isEqualTo(!expectsViolation);
        try {
            kernel.close();
        } catch (IllegalStateException leftOpen) {
            assertThat(leftOpen).hasMessageContaining("never closed");
        }
    }

    private void assertMisuse(String message, ThrowingCallable call) {
        int before = kernel.violations().size();
        assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessageContaining(message);
        assertThat(kernel.violations()).hasSize(before + 1);
        assertThat(kernel.violations().getLast()).contains(message);
    }

    private Poller poller() {
        return kernel.poller();
    }

    @Test
    void goodConductIsNotRemarkedOn() throws IOException {
        expectsViolation = false;
        NonBlockingSocket listener = side.listen(1, 1);
        NonBlockingSocket client = side.connect(address(listener), 2);
        side.poll(2);
        assertThat(client.finishConnect()).isTrue();
        NonBlockingSocket server = listener.tryAccept();
        poller().register(server, 3);
        poller().interest(server, READABLE);
        send(client, "ping");
        assertThat(client.trySend(new ByteBuffer[] {ByteBuffer.allocate(2), ByteBuffer.allocate(3)}, 0, 2))
                .isEqualTo(5);
        side.poll(3);
        Chunk chunk = kernel.allocate(8);
        assertThat(server.tryRecv(chunk, 2, 6)).isEqualTo(6);
        assertThat(receive(server)).hasSize(3);
        assertThat(receive(server)).isEqualTo("WOULD_BLOCK");
        assertThat(server.trySend(chunk, 0, 8)).isEqualTo(8);
        server.shutdownOutput();
        assertThat(receive(client)).hasSize(8);
        assertThat(receive(client)).isEqualTo("EOF");
        poller().deregister(server);
        poller().deregister(server);
        poller().deregister(client);
        poller().deregister(listener);
        for (NonBlockingSocket each : new NonBlockingSocket[] {server, client, listener, socket}) {
            each.close();
            assertThat(each.isOpen()).isFalse();
            assertThat(each.localAddress()).isNull();
        }
        poller().wakeup();
        kernel.close();
        kernel.close();
        poller().wakeup();
    }

    @Test
    void aUseAfterCloseIsToldWithTheHistory() throws IOException {
        socket.bind(Side.loopback(0));
        socket.close();
        assertMisuse("after close", () -> send(socket, "x"));
        assertMisuse("after close", () -> poller().register(socket, 1));
        assertMisuse("after close", () -> poller().deregister(socket));
        assertThat(kernel.violations().getFirst()).contains("opened for INET", "bind /127.0.0.1:0", "close");
    }

    @Test
    void aSecondCloseIsRefused() {
        socket.close();
        assertMisuse("close after close", socket::close);
    }

    @Test
    void registerComesBeforeInterestAndOnce() throws IOException {
        assertMisuse("interest before register", () -> poller().interest(socket, READABLE));
        poller().register(socket, 1);
        assertMisuse("registered twice", () -> poller().register(socket, 2));
        NonBlockingSocket other = side.open();
        assertMisuse("token 1 belongs to", () -> poller().register(other, 1));
        assertMisuse("interest in 4", () -> poller().interest(socket, 4));
    }

    @Test
    void deregisterComesBeforeClose() throws IOException {
        poller().register(socket, 1);
        assertMisuse("close before deregister", socket::close);
        assertThat(socket.isOpen()).isTrue();
    }

    @Test
    void rangesLieInsideTheMemory() {
        Chunk chunk = kernel.allocate(10);
        assertMisuse("5 bytes at 6 of a chunk of 10", () -> socket.tryRecv(chunk, 6, 5));
        assertMisuse("0 bytes at 0", () -> socket.trySend(chunk, 0, 0));
        assertMisuse("1 bytes at -1", () -> socket.trySend(chunk, -1, 1));
        assertMisuse("read-only", () -> socket.tryRecv(ByteBuffer.allocate(1).asReadOnlyBuffer()));
        assertMisuse("buffers", () -> socket.trySend(new ByteBuffer[1], 1, 1));
        assertMisuse("backlog 0", () -> socket.listen(0));
        assertMisuse("a chunk of 0 bytes", () -> kernel.allocate(0));
    }

    @Test
    void aSinkDoesNotCallBack() throws IOException {
        NonBlockingSocket listener = side.listen(1, 1);
        side.connect(address(listener), 2);
        assertMisuse("from inside poll", () -> poller().poll(0, (token, bits) -> accept(listener)));
    }

    private static void accept(NonBlockingSocket listener) {
        try {
            listener.tryAccept();
        } catch (IOException unexpected) {
            throw new AssertionError(unexpected);
        }
    }

    @Test
    void nobodyElseUsesAKernelThatPolls() throws Exception {
        network.virtualClock().hold();
        FutureTask<Integer> polled = new FutureTask<>(() -> poller().poll(-1, (token, bits) -> {}));
        Thread thread = Thread.ofPlatform().daemon().start(polled);
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertMisuse("is inside poll", () -> socket.takeError());
        poller().wakeup();
        assertThat(polled.get()).isZero();
        assertThat(socket.takeError()).isNull();
    }

    @Test
    void socketsAreClosedBeforeTheirKernel() throws IOException {
        NonBlockingSocket second = side.open();
        assertThatThrownBy(kernel::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("never closed")
                .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(1));
        assertThat(second.isOpen()).isFalse();
        assertMisuse("after the kernel was closed", () -> side.open());
        assertMisuse("after the kernel was closed", () -> side.poll(1));
    }

    @Test
    void socketsOfOthersAreRefused() throws IOException {
        try (Side other = new Side(network)) {
            NonBlockingSocket stranger = other.open();
            assertMisuse("not of this kernel", () -> poller().register(stranger, 1));
        }
    }
}
