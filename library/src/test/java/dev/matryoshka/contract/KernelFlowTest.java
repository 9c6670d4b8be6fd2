package dev.matryoshka.contract;

import static dev.matryoshka.kernel.NonBlockingSocket.WOULD_BLOCK;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Goal: a window that is full says so, opens again and tells it; no byte is lost, doubled or moved meanwhile. Method:
 * {@link KernelContract}, with windows as small as the system makes them.
 */
class KernelFlowTest extends KernelContract {
    private static final int MEBIBYTE = 1 << 20;
    private static final int NOBODY_HOLDS_BYTES = 256 * MEBIBYTE;

    /** A pair whose windows are small, so that they are full soon and often. */
    private Pair narrowPair() throws IOException {
        NonBlockingSocket socket = open();
        socket.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
        socket.bind(ANY_PORT);
        socket.listen(1);
        Watched listener = driver.watch(socket);
        NonBlockingSocket client = open();
        client.setOption(StandardSocketOptions.SO_SNDBUF, 4 * 1024);
        client.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
        Watched connected = driver.connect(client, socket.localAddress());
        Watched accepted = driver.accept(listener);
        accepted.socket.setOption(StandardSocketOptions.SO_SNDBUF, 4 * 1024);
        driver.close(listener);
        return new Pair(connected, accepted);
    }

    /** Sends until nothing more goes, events included; what had been sent then. */
    private int fill(Watched sender) throws IOException {
        ByteBuffer junk = ByteBuffer.allocateDirect(8 * 1024);
        int sent = 0;
        do {
            int count = sender.socket.trySend(junk.clear());
            while (count > 0) {
                sent += count;
                assertThat(sent).as("nobody holds that much").isLessThan(NOBODY_HOLDS_BYTES);
                count = sender.socket.trySend(junk.clear());
            }
            assertThat(count).isEqualTo(WOULD_BLOCK);
            sender.known &= ~WRITABLE;
            sender.wanted = WRITABLE;
            for (int i = 0; i < 300 && !sender.writable(); i++) {
                // what was still on its way arrives; a late acknowledgement, after 200 ms, makes room
                driver.poll(1_000_000);
            }
        } while (sender.writable());
        return sent;
    }

    @Proves(
            value = {"S-11", "S-53"},
            ports = "test_selector_events.test_write_tryagain")
    @Test
    void aFullWindowWouldBlockAndTellsWhenThePeerHasRead() throws IOException {
        Pair pair = narrowPair();
        int sent = fill(pair.client());
        assertThat(driver.receive(pair.server(), sent)).hasSize(sent);
        driver.until("room again", () -> pair.client().writable());
        assertThat(pair.client().socket.trySend(ByteBuffer.wrap(new byte[] {1})))
                .isEqualTo(1);
    }

    @Test
    void everyKindOfSendAnswersWouldBlockWhenTheWindowIsFull() throws IOException {
        Pair pair = narrowPair();
        int sent = fill(pair.client());
        assertThat(sent).isPositive();
        NonBlockingSocket full = pair.client().socket;
        ByteBuffer heap = ByteBuffer.allocate(64 * 1024);
        ByteBuffer direct = ByteBuffer.allocateDirect(64 * 1024);
        assertThat(full.trySend(heap)).isEqualTo(WOULD_BLOCK);
        assertThat(full.trySend(direct)).isEqualTo(WOULD_BLOCK);
        assertThat(full.trySend(kernel.allocate(1), 0, 1)).isEqualTo(WOULD_BLOCK);
        assertThat(full.trySend(new ByteBuffer[] {heap, direct}, 0, 2)).isEqualTo(WOULD_BLOCK);
        assertThat(heap.position()).isZero();
        assertThat(direct.position()).isZero();
    }

    @Test
    void aClosedWindowDoesNotStopTheOtherDirection() throws IOException {
        Pair pair = narrowPair();
        int sent = fill(pair.client());
        assertThat(sent).isPositive();
        pair.client().wanted = READABLE;
        driver.send(pair.server(), "still open");
        assertThat(driver.receive(pair.client(), 10)).asString().isEqualTo("still open");
    }

    @Test
    void aMebibyteInPartsKeepsItsOrder() throws IOException {
        byte[] sent = random(MEBIBYTE);
        Pair pair = narrowPair();
        Random pieces = new Random(7);
        byte[] received = exchange(pair, sent, new Mover() {
            @Override
            public int send(Watched to, byte[] bytes, int from) throws IOException {
                int length = Math.min(bytes.length - from, 1 + pieces.nextInt(20_000));
                return to.send(ByteBuffer.wrap(bytes, from, length));
            }

            @Override
            public int receive(Watched from, ByteBuffer all) throws IOException {
                int length = Math.min(all.remaining(), 1 + pieces.nextInt(20_000));
                ByteBuffer room = all.slice(all.position(), length);
                int count = from.receive(room);
                all.position(all.position() + Math.max(count, 0));
                return count;
            }
        });
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void aMebibyteThroughChunksKeepsItsOrder() throws IOException {
        byte[] sent = random(MEBIBYTE);
        Pair pair = narrowPair();
        Chunk out = kernel.allocate(10_000);
        Chunk in = kernel.allocate(9_000);
        byte[] received = exchange(pair, sent, new Mover() {
            @Override
            public int send(Watched to, byte[] bytes, int from) throws IOException {
                int length = Math.min(bytes.length - from, out.capacity() - 100);
                out.bytes().clear().position(100).put(bytes, from, length);
                int count = to.writable() ? to.socket.trySend(out, 100, length) : 0;
                if (count < length) {
                    to.known &= ~WRITABLE;
                }
                return Math.max(count, 0);
            }

            @Override
            public int receive(Watched from, ByteBuffer all) throws IOException {
                int length = Math.min(all.remaining(), in.capacity() - 50);
                int count = from.readable() ? from.socket.tryRecv(in, 50, length) : WOULD_BLOCK;
                if (count < length) {
                    from.known &= ~READABLE;
                }
                if (count > 0) {
                    in.bytes().clear().limit(50 + count).position(50);
                    all.put(in.bytes());
                }
                return count;
            }
        });
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void aMebibyteGatheredKeepsItsOrder() throws IOException {
        byte[] sent = random(MEBIBYTE);
        Pair pair = narrowPair();
        Random pieces = new Random(11);
        byte[] received = exchange(pair, sent, new Mover() {
            @Override
            public int send(Watched to, byte[] bytes, int from) throws IOException {
                if (!to.writable()) {
                    return 0;
                }
                ByteBuffer[] sources = new ByteBuffer[1 + pieces.nextInt(40)];
                int given = 0;
                for (int i = 0; i < sources.length; i++) {
                    int length = Math.min(bytes.length - from - given, pieces.nextInt(1_500));
                    sources[i] = ByteBuffer.wrap(bytes, from + given, length).slice();
                    given += length;
                }
                long count = to.socket.trySend(sources, 0, sources.length);
                if (count < given) {
                    to.known &= ~WRITABLE;
                }
                assertConsumed(sources, Math.max(count, 0));
                return (int) Math.max(count, 0);
            }

            @Override
            public int receive(Watched from, ByteBuffer all) throws IOException {
                return from.receive(all);
            }
        });
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void oneByteAtATimeArrivesInOrder() throws IOException {
        byte[] sent = random(20_000);
        Pair pair = pair();
        pair.client().socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        byte[] received = exchange(pair, sent, new Mover() {
            @Override
            public int send(Watched to, byte[] bytes, int from) throws IOException {
                return to.send(ByteBuffer.wrap(bytes, from, 1));
            }

            @Override
            public int receive(Watched from, ByteBuffer all) throws IOException {
                int count = from.receive(all.slice(all.position(), 1));
                all.position(all.position() + Math.max(count, 0));
                return count;
            }
        });
        assertThat(received).isEqualTo(sent);
    }

    @Test
    void aHeapBufferLargerThanAnyStagingGoesThrough() throws IOException {
        byte[] sent = random(3 * MEBIBYTE + 17);
        Pair pair = pair();
        byte[] received = exchange(pair, sent, new Mover() {
            @Override
            public int send(Watched to, byte[] bytes, int from) throws IOException {
                ByteBuffer rest = ByteBuffer.wrap(bytes, from, bytes.length - from);
                int count = to.send(rest);
                assertThat(rest.position()).isEqualTo(from + count);
                assertThat(rest.limit()).isEqualTo(bytes.length);
                return count;
            }

            @Override
            public int receive(Watched from, ByteBuffer all) throws IOException {
                int count = from.receive(all);
                assertThat(all.limit()).isEqualTo(all.capacity());
                return count;
            }
        });
        assertThat(received).isEqualTo(sent);
    }

    // ---- moving ---------------------------------------------------------------------------------------------------

    /** One step in each direction; both keep the readiness as {@link Watched} does. */
    private interface Mover {
        int send(Watched to, byte[] bytes, int from) throws IOException;

        int receive(Watched from, ByteBuffer all) throws IOException;
    }

    /** Moves all from the client to the server; whoever can do something does it, the poller is asked when nobody can. */
    private byte[] exchange(Pair pair, byte[] sent, Mover mover) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(sent.length);
        pair.client().wanted = WRITABLE;
        for (int done = 0; all.hasRemaining(); ) {
            int before = done;
            int count = done < sent.length ? mover.send(pair.client(), sent, done) : 0;
            done += count;
            int received = mover.receive(pair.server(), all);
            if (done == sent.length) {
                pair.client().wanted = 0;
            }
            if (done == before && received <= 0) {
                driver.until(
                        "somebody can go on at " + all.position() + " of " + done,
                        () -> pair.server().readable()
                                || (pair.client().wanted != 0 && pair.client().writable()));
            }
        }
        return all.array();
    }

    /** From the first buffer on, each is used up before the next is begun. */
    private static void assertConsumed(ByteBuffer[] sources, long count) {
        long left = count;
        for (ByteBuffer source : sources) {
            long consumed = Math.min(left, source.capacity());
            assertThat(source.position()).isEqualTo((int) consumed);
            left -= consumed;
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(42).nextBytes(bytes);
        return bytes;
    }
}
