package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.ascii;
import static dev.matryoshka.stream.StreamRig.pattern;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/**
 * Goal: a peer that sends faster than the task reads is stopped, and no read can wait for bytes that were told not to come
 * (row S-71, asyncio {@code _maybe_resume_transport}, {@code _wait_for_data}). Method: a fake transport that obeys.
 */
class BackPressureTest {
    @Proves("S-71")
    @Test
    void readingPausesAboveTwiceTheLimitAndGoesOnAtTheLimit() throws Exception {
        StreamRig.run(10, rig -> {
            rig.feed(new byte[20]);
            assertThat(rig.transport.isReading()).as("20 is not above 20").isTrue();
            rig.feed(new byte[1]);
            assertThat(rig.transport.isReading()).isFalse();
            rig.reader.read(10);
            assertThat(rig.transport.isReading()).as("11 are left").isFalse();
            rig.reader.read(1);
            assertThat(rig.transport.isReading()).as("10 are left").isTrue();
            assertThat(rig.transport.pauses).isEqualTo(1);
            assertThat(rig.transport.resumes).isEqualTo(1);
            rig.reader.read();
        });
    }

    @Test
    void readingPausesWhenAChunkIsFullWhateverTheLimit() throws Exception {
        StreamRig.run(1 << 20, rig -> {
            rig.feed(new byte[300_000]);
            assertThat(rig.reader.bufferedBytes()).isEqualTo(ReadBuffer.CHUNK_BYTES);
            assertThat(rig.transport.isReading()).isFalse();
            assertThat(rig.inbound.buffer().retainedBytes()).isEqualTo(ReadBuffer.CHUNK_BYTES);
            rig.reader.read(ReadBuffer.CHUNK_BYTES / 2 - 1);
            assertThat(rig.transport.isReading()).isFalse();
            rig.reader.read(1);
            assertThat(rig.transport.isReading()).isTrue();
            assertThat(rig.reader.readExactly(300_000 - ReadBuffer.CHUNK_BYTES / 2))
                    .hasSize(300_000 - ReadBuffer.CHUNK_BYTES / 2);
        });
    }

    @Test
    void aTaskThatWaitsIsNotPausedFor() throws Exception {
        StreamRig.run(10, rig -> {
            Task<Integer> read = rig.task(() -> rig.reader.read().remaining());
            rig.feed(new byte[1000]);
            assertThat(read.await()).isEqualTo(1000);
            assertThat(rig.transport.pauses).isZero();
        });
    }

    @Test
    void aTaskThatTakesLittleOfMuchLeavesThePeerPaused() throws Exception {
        StreamRig.run(10, rig -> {
            Task<Integer> read = rig.task(() -> rig.reader.read(5).length);
            rig.feed(new byte[1000]);
            assertThat(read.await()).isEqualTo(5);
            assertThat(rig.transport.isReading()).isFalse();
            assertThat(rig.reader.read().remaining()).isEqualTo(995);
            assertThat(rig.transport.isReading()).isTrue();
        });
    }

    @Proves(
            value = {"S-71", "StreamReader.readexactly"},
            ports = "test_streams.test_readexactly_limit")
    @Test
    void aReadOfMoreThanIsLetInResumesAPausedTransport() throws Exception {
        byte[] data = pattern(1_000_000);
        StreamRig.run(10, rig -> {
            rig.feed(data);
            assertThat(rig.transport.isReading()).isFalse();
            assertThat(rig.reader.readExactly(data.length)).isEqualTo(data);
        });
    }

    @Test
    void aBufferOfMoreThanIsLetInResumesAPausedTransport() throws Exception {
        byte[] data = pattern(1_000_000);
        StreamRig.run(10, rig -> {
            rig.feed(data);
            ByteBuffer target = ByteBuffer.allocate(data.length);
            rig.reader.readExactly(target);
            assertThat(target.array()).isEqualTo(data);
        });
    }

    @Test
    void aSeparatorBeyondAChunkIsFoundOnAPausedTransport() throws Exception {
        byte[] data = new byte[500_000];
        data[499_999] = 'X';
        StreamRig.run(1 << 20, rig -> {
            rig.feed(data);
            assertThat(rig.transport.isReading()).isFalse();
            assertThat(rig.reader.readUntil(ascii("X"))).hasSize(500_000);
        });
    }

    @Test
    void aPausedPeerThatIsReadToTheEndEnds() throws Exception {
        StreamRig.run(10, rig -> {
            rig.feed(new byte[100]);
            Task<byte[]> read = rig.task(() -> rig.reader.read(-1));
            assertThat(rig.transport.isReading()).isTrue();
            rig.eof();
            assertThat(read.await()).hasSize(100);
        });
    }

    @Test
    void aTransportThatDoesNotObeyLosesNothing() throws Exception {
        byte[] data = pattern(400_000);
        StreamRig.run(rig -> {
            for (int from = 0; from < data.length; ) {
                ByteBuffer room = rig.protocol.getBuffer(-1);
                int count = Math.min(room.remaining(), data.length - from);
                room.put(data, from, count);
                rig.protocol.bufferUpdated(count);
                from += count;
            }
            assertThat(rig.reader.bufferedBytes()).isEqualTo(data.length);
            assertThat(rig.reader.readExactly(data.length)).isEqualTo(data);
        });
    }
}
