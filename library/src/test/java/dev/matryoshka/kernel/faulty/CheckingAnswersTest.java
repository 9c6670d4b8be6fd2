package dev.matryoshka.kernel.faulty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.ReadySink;
import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.Watchable;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Goal: a kernel that answers nonsense is caught. Method: one that lies on demand, under the checking one. */
class CheckingAnswersTest {
    private static final Chunk CHUNK = new Chunk(ByteBuffer.allocateDirect(10), 0);

    private final LyingKernel liar = new LyingKernel(new MemoryNetwork().open());
    private final CheckingKernel kernel = CheckingKernel.around(liar);
    private NonBlockingSocket socket;

    @BeforeEach
    void open() throws IOException {
        socket = kernel.openStream(StandardProtocolFamily.INET);
    }

    private void assertFault(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(AssertionError.class).hasMessageContaining(message);
        assertThat(kernel.violations()).hasSize(1);
    }

    @Test
    void moreThanWasAskedForIsImpossible() {
        liar.answer = 11;
        assertFault("the answer 11 to a call for 10 bytes", () -> socket.tryRecv(CHUNK, 0, 10));
    }

    @Test
    void nothingIsNoAnswer() {
        liar.answer = 0;
        assertFault("the answer 0", () -> socket.trySend(CHUNK, 0, 10));
    }

    @Test
    void aSendDoesNotEnd() {
        liar.answer = NonBlockingSocket.EOF;
        assertFault("the answer -1", () -> socket.trySend(CHUNK, 0, 10));
    }

    @Test
    void thePositionMovesByTheCount() {
        liar.answer = 3;
        assertFault("for 3 bytes", () -> socket.tryRecv(ByteBuffer.allocate(5)));
    }

    @Test
    void allPositionsOfAGatheringSendMove() {
        liar.answer = 3;
        ByteBuffer[] sources = {ByteBuffer.allocate(2), ByteBuffer.allocate(2)};
        assertFault("for 2 bytes", () -> socket.trySend(sources, 0, 2));
    }

    @Test
    void eventsNeedARegistration() {
        liar.token = 99;
        assertFault("token 99, which is not registered", () -> kernel.poller().poll(0, (token, bits) -> {}));
    }

    @Test
    void eventsHaveKnownBits() throws IOException {
        kernel.poller().register(socket, 99);
        liar.token = 99;
        liar.bits = 32;
        assertFault("readiness 32", () -> kernel.poller().poll(0, (token, bits) -> {}));
    }

    @Test
    void aPollCountsWhatItReports() {
        liar.answer = 5;
        assertFault("answered 5 and reported 0", () -> kernel.poller().poll(0, (token, bits) -> {}));
    }

    @Test
    void theNewestPartOfAHistoryIsKept() throws IOException {
        for (int i = 0; i < 100; i++) {
            socket.takeError();
        }
        liar.answer = 0;
        assertThatThrownBy(() -> socket.tryRecv(CHUNK, 0, 1))
                .hasMessageContaining("(38 older ones)")
                .hasMessageContaining("tryRecv 1 into a chunk at 0");
    }

    /** Answers what it is told to. */
    private static final class LyingKernel implements Kernel {
        private final Kernel truth;
        private int answer = NonBlockingSocket.WOULD_BLOCK;
        private long token;
        private int bits = 1;

        LyingKernel(Kernel truth) {
            this.truth = truth;
        }

        @Override
        public String name() {
            return "liar";
        }

        @Override
        public Clock clock() {
            return truth.clock();
        }

        @Override
        public SystemCalls systemCalls() {
            return truth.systemCalls();
        }

        @Override
        public NonBlockingDatagramSocket openDatagram(StandardProtocolFamily family) throws IOException {
            return truth.openDatagram(family);
        }

        @Override
        public Chunk allocate(int sizeBytes) {
            return CHUNK;
        }

        @Override
        public void close() {
            truth.close();
        }

        @Override
        public NonBlockingSocket openStream(StandardProtocolFamily family) throws IOException {
            return new ForwardingSocket(truth.openStream(family)) {
                @Override
                public int tryRecv(Chunk target, int offset, int length) {
                    return answer;
                }

                @Override
                public int tryRecv(ByteBuffer target) {
                    return answer;
                }

                @Override
                public int trySend(Chunk source, int offset, int length) {
                    return answer;
                }

                @Override
                public long trySend(ByteBuffer[] sources, int offset, int count) {
                    return answer;
                }
            };
        }

        @Override
        public Poller poller() {
            return new Poller() {
                @Override
                public void register(Watchable socket, long token) {}

                @Override
                public void interest(Watchable socket, int interest) {}

                @Override
                public void deregister(Watchable socket) {}

                @Override
                public int poll(long timeoutNanos, ReadySink sink) {
                    if (token != 0) {
                        sink.ready(token, bits);
                        return 1;
                    }
                    return answer;
                }

                @Override
                public void wakeup() {}

                @Override
                public boolean pollsOnVirtualThread() {
                    return false;
                }
            };
        }
    }
}
