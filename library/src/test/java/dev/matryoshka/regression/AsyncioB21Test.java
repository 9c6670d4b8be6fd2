package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * B21: asyncio summed its whole queue up to tell the size of the write buffer, at each write: many small writes to a slow peer
 * were quadratic. Goal: the size is a counter, and it is right. Method: more than a thousand chunks in the queue; the size is
 * asked for twenty million times, which a sum would need a minute for; then against what was written, at every step.
 */
@Proves({"B21", "Transport.get_write_buffer_size"})
@ExtendWith(LeakCheck.class)
class AsyncioB21Test {
    private static final int ASKED = 20_000_000;
    private static final int CHUNKS = 1_100;
    private static final int CHUNK_BYTES = 64 * 1024;

    @Test
    @Timeout(value = 15, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void askingForTheSizeOfALongQueueCostsNothing() throws Exception {
        try (TestLoop on = TestLoop.unchecked(new MemoryNetwork())) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                pair.clientTransport().pauseReading();
                ByteBuffer piece = ByteBuffer.allocateDirect(CHUNK_BYTES);
                for (int i = 0; i < CHUNKS; i++) {
                    pair.serverTransport().write(piece.clear());
                }
                int size = pair.serverTransport().writeBufferSize();
                assertThat(size).isGreaterThan((CHUNKS - 10) * CHUNK_BYTES);
                long sum = 0;
                for (int i = 0; i < ASKED; i++) {
                    sum += pair.serverTransport().writeBufferSize();
                }
                assertThat(sum).isEqualTo((long) ASKED * size);
                pair.end(on);
            });
        }
    }

    @Test
    void theSizeIsWhatWasWrittenAndNotSentYet() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY_CLOGGED)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                Recorder server = pair.server();
                int written = 0;
                for (int i = 0; i < 300; i++) {
                    int count = i * 37 % 500;
                    server.transport().write(new byte[count]);
                    written += count;
                    int kept = server.transport().writeBufferSize();
                    assertThat(kept).isBetween(0, written);
                    assertThat(pair.client().heard.count()).isLessThanOrEqualTo(written - kept);
                    on.passes(i % 3);
                }
                int all = written;
                on.until("all has arrived", () -> pair.client().heard.count() == all);
                assertThat(server.transport().writeBufferSize()).isZero();
                pair.end(on);
            });
        }
    }
}
