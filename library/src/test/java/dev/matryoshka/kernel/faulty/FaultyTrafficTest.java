package dev.matryoshka.kernel.faulty;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.kernel.memory.Side;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: whatever goes wrong short of a reset, a consumer that keeps to the seam gets every byte, in order, and is never left
 * without the event that it waits for. Method: a sender and a receiver that remember readiness as a loop does and take "short"
 * for "drained", message by message (a steady stream would bring a lost event back by itself), under rules drawn by seed,
 * inside a checking kernel.
 */
@Timeout(60)
class FaultyTrafficTest {
    private static final int BYTES = 2_000;
    private static final long SECOND = 1_000_000_000;
    private static final int RUNS = 20;

    /** Larger than the windows, sometimes. */
    private static final int MESSAGE_BYTES_MAX = 600;

    /** One end: what is known of its readiness, and how far it is. */
    private static final class End {
        private final NonBlockingSocket socket;
        private final Chunk chunk;
        private int ready = WRITABLE;
        private int done;
        private int goal;
        private boolean over;

        End(NonBlockingSocket socket, Chunk chunk) {
            this.socket = socket;
            this.chunk = chunk;
        }

        /** Sends up to the end of a message, and no byte of the next one before the peer has all of it. */
        void send(SplittableRandom random, int received) throws IOException {
            if (received == goal && goal < BYTES) {
                goal = Math.min(goal + 1 + random.nextInt(MESSAGE_BYTES_MAX), BYTES);
            }
            while ((ready & WRITABLE) != 0 && done < goal) {
                int length = Math.min(1 + random.nextInt(chunk.capacity()), goal - done);
                ByteBuffer bytes = chunk.bytes().clear().limit(length);
                for (int i = 0; i < length; i++) {
                    bytes.put(i, pattern(done + i));
                }
                int cut = random.nextInt(length + 1);
                ByteBuffer[] halves = {bytes.slice(0, cut), bytes.slice(cut, length - cut)};
                long count = random.nextBoolean() ? socket.trySend(halves, 0, 2) : socket.trySend(bytes);
                done += (int) Math.max(count, 0);
                if (count < length) {
                    ready &= ~WRITABLE;
                }
            }
            if (received == BYTES && !over) {
                over = true;
                socket.shutdownOutput();
            }
        }

        void receive(SplittableRandom random) throws IOException {
            while ((ready & READABLE) != 0 && !over) {
                int length = 1 + random.nextInt(chunk.capacity());
                int count = socket.tryRecv(chunk, 0, length);
                for (int i = 0; i < count; i++) {
                    if (chunk.bytes().get(i) != pattern(done++)) {
                        throw new AssertionError("another byte at " + (done - 1));
                    }
                }
                over = count == NonBlockingSocket.EOF;
                boolean isShort = count < length && (ready & (HANGUP | ERROR)) == 0;
                if (count == NonBlockingSocket.WOULD_BLOCK || isShort) {
                    ready &= ~READABLE;
                }
            }
        }

        /** 251 is prime, so no window hides a shift. */
        private static byte pattern(int position) {
            return (byte) (position % 251);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everyByteArrives(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        for (int run = 0; run < RUNS; run++) {
            Faults faults = draw(random);
            MemoryNetwork network = new MemoryNetwork().windows(1 + random.nextInt(300), 1 + random.nextInt(300));
            try {
                transfer(random, network, faults);
            } catch (AssertionError | RuntimeException failed) {
                throw new AssertionError("seed " + seed + ", run " + run + ", " + faults, failed);
            }
        }
    }

    private static Faults draw(SplittableRandom random) {
        Faults faults = Faults.seeded(random.nextLong());
        Fault[] harmless = {
            Fault.RECV_SHORT,
            Fault.RECV_WOULD_BLOCK,
            Fault.SEND_SHORT,
            Fault.SEND_WOULD_BLOCK,
            Fault.SPURIOUS_EVENT,
            Fault.LATE_EVENT
        };
        for (Fault fault : harmless) {
            if (random.nextBoolean()) {
                faults = faults.percent(fault, 1 + random.nextInt(60));
            }
        }
        if (random.nextInt(4) == 0) {
            faults = faults.recvAtMost(1 + random.nextInt(3));
        }
        if (random.nextInt(4) == 0) {
            faults = faults.sendAtMost(1 + random.nextInt(3));
        }
        return faults.lateBy(1 + random.nextInt(1000));
    }

    private static void transfer(SplittableRandom random, MemoryNetwork network, Faults faults) throws IOException {
        Opened<CheckingKernel> provider = CheckingKernel.provider(FaultyKernel.provider(network, faults));
        Side side = new Side(provider);
        CheckingKernel kernel = provider.kernels().getFirst();
        NonBlockingSocket[] pair = side.pair(side);
        End sender = new End(pair[0], kernel.allocate(400));
        End receiver = new End(pair[1], kernel.allocate(400));
        kernel.poller().register(sender.socket, 0);
        kernel.poller().register(receiver.socket, 1);
        End[] ends = {sender, receiver};
        while (!receiver.over) {
            sender.send(random, receiver.done);
            receiver.receive(random);
            boolean waits = receiver.done < sender.goal || sender.over;
            if (!receiver.over && waits) {
                long before = kernel.clock().nanoTime();
                int count = kernel.poller().poll(SECOND, (token, bits) -> ends[(int) token].ready |= bits);
                boolean stuck = count == 0 && kernel.clock().nanoTime() - before == SECOND;
                assertThat(stuck)
                        .as("sent %s, received %s", sender.done, receiver.done)
                        .isFalse();
            }
        }
        assertThat(receiver.done).isEqualTo(BYTES);
        for (End end : ends) {
            kernel.poller().deregister(end.socket);
            end.socket.close();
        }
        kernel.close();
        assertThat(kernel.violations()).isEmpty();
    }
}
