package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Server;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * B18, gh-150621: feeding a BufferedProtocol that offers small buffers cost asyncio a copy of the whole rest for each of them.
 * Goal: one receive per buffer, straight into it. Method: 16 bytes at a time; the system calls are counted, and every byte is
 * looked at. So it is linear whatever the size.
 */
@Proves("B18")
@ExtendWith(LeakCheck.class)
class AsyncioB18Test {
    private static final int BYTES = 16_000;
    private static final int ROOM = 16;

    /** Offers 16 bytes of a large buffer each time. */
    private static final class Small implements BufferedProtocol {
        final ByteBuffer all = ByteBuffer.allocateDirect(BYTES);
        int updates;
        boolean ended;

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            boolean full = all.position() == BYTES;
            return full ? ByteBuffer.allocate(1) : all.limit(Math.min(BYTES, all.position() + ROOM));
        }

        @Override
        public void bufferUpdated(int byteCount) {
            assertThat(byteCount).isBetween(1, ROOM);
            updates++;
        }

        @Override
        public void connectionLost(Throwable exception) {
            ended = true;
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void smallBuffersCostOneReceiveEach(Net net) throws Exception {
        byte[] content = Bytes.numbered(BYTES);
        Small small = new Small();
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                Server server = on.loop.createServer(() -> small, "127.0.0.1", 0);
                try (Peer peer = Peer.connect(on, server.port())) {
                    ByteBuffer left = ByteBuffer.wrap(content);
                    on.until("all is sent", () -> {
                        sendSome(peer, left);
                        return !left.hasRemaining();
                    });
                    long before = on.calls().recv;
                    on.until("all has arrived", () -> small.all.position() == BYTES);
                    long receives = on.calls().recv - before;
                    assertThat(receives).isLessThanOrEqualTo(BYTES / ROOM + 10);
                    assertThat(small.updates).isBetween(BYTES / ROOM, BYTES / ROOM + 10);
                }
                server.close();
                server.abortClients();
                on.until("lost", () -> small.ended);
            });
        }
        byte[] arrived = new byte[BYTES];
        small.all.clear().get(arrived);
        assertThat(arrived).isEqualTo(content);
    }

    private static void sendSome(Peer peer, ByteBuffer left) {
        try {
            peer.trySend(left);
        } catch (java.io.IOException failed) {
            throw new AssertionError(failed);
        }
    }
}
