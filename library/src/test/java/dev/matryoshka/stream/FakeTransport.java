package dev.matryoshka.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.engine.ChunkTarget;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.WaterMarks;
import java.io.ByteArrayOutputStream;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;

/**
 * A transport whose peer is the test: bytes come when the test says so, and leave only while the test takes them. It keeps the
 * order of callbacks of a real one, the pairing of pause and resume, and {@code connectionLost} never from inside a call.
 */
final class FakeTransport implements Transport {
    private final Loop loop;
    private BufferedProtocol protocol;
    private final ArrayDeque<ByteBuffer> wire = new ArrayDeque<>();
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final ByteArrayOutputStream buffered = new ByteArrayOutputStream();
    private WaterMarks marks = WaterMarks.DEFAULT;
    private boolean reading = true;
    private boolean writingPaused;
    private boolean closing;
    private boolean lost;
    private long dropped;

    /** The peer takes nothing: what is written stays in the buffer. */
    private boolean clogged;

    /** At most so many bytes per receive. */
    int receiveMax = Integer.MAX_VALUE;

    int pauses;
    int resumes;
    int eofs;

    FakeTransport(Loop loop, BufferedProtocol protocol) {
        this.loop = loop;
        this.protocol = protocol;
    }

    // ---- the peer -------------------------------------------------------------------------------------------------

    /** Sends to the reader; what does not get through because reading is paused follows when it is resumed. */
    void deliver(byte[] data) {
        wire.add(ByteBuffer.wrap(data));
        pump();
    }

    private void pump() {
        while (reading && !closing && !wire.isEmpty()) {
            ByteBuffer data = wire.peek();
            if (!data.hasRemaining()) {
                wire.remove();
                continue;
            }
            ByteBuffer target = room();
            int count = Math.min(Math.min(target.remaining(), data.remaining()), receiveMax);
            target.put(data.slice(data.position(), count));
            data.position(data.position() + count);
            protocol.bufferUpdated(count);
        }
    }

    /** As a socket's transport asks one of ours. */
    private ByteBuffer room() {
        return protocol instanceof ChunkTarget ours ? ours.bufferToFill() : protocol.getBuffer(-1);
    }

    /** The poll said that something is there, and the receive finds nothing. */
    void deliverNothing() {
        ChunkTarget ours = (ChunkTarget) protocol;
        assertThat(ours.bufferToFill().hasRemaining()).isTrue();
        ours.nothingCame();
    }

    /** Bytes that the reader has not let in. */
    int onTheWire() {
        return wire.stream().mapToInt(ByteBuffer::remaining).sum();
    }

    /** Whether the connection is kept open, as the protocol wishes. */
    boolean deliverEof() {
        return protocol.eofReceived();
    }

    /** The connection breaks, or ends regularly, now. */
    void lose(Throwable cause) {
        if (!lost) {
            closing = true;
            lost = true;
            dropped += buffered.size();
            buffered.reset();
            protocol.connectionLost(cause);
        }
    }

    void clog() {
        clogged = true;
    }

    /** The peer takes everything, and goes on taking. */
    void unclog() {
        clogged = false;
        sent.writeBytes(buffered.toByteArray());
        buffered.reset();
        resumeIfLow();
        if (closing) {
            loop.callSoon(() -> lose(null));
        }
    }

    byte[] sent() {
        return sent.toByteArray();
    }

    // ---- what a protocol commands ---------------------------------------------------------------------------------

    @Override
    public void write(ByteBuffer data) {
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        write(copy);
    }

    @Override
    public void write(byte[] data) {
        Engines.of(loop).checkLoopThread();
        if (closing) {
            dropped += data.length;
            return;
        }
        if (!clogged) {
            sent.writeBytes(data);
            return;
        }
        buffered.writeBytes(data);
        pauseIfHigh();
    }

    private void pauseIfHigh() {
        if (!writingPaused && buffered.size() > marks.highBytes()) {
            writingPaused = true;
            protocol.pauseWriting();
        }
    }

    private void resumeIfLow() {
        if (writingPaused && buffered.size() <= marks.lowBytes()) {
            writingPaused = false;
            protocol.resumeWriting();
        }
    }

    @Override
    public void writeLines(List<ByteBuffer> pieces) {
        pieces.forEach(this::write);
    }

    @Override
    public void writeEof() {
        eofs++;
    }

    @Override
    public boolean canWriteEof() {
        return true;
    }

    @Override
    public void close() {
        if (!closing) {
            closing = true;
            if (buffered.size() == 0) {
                loop.callSoon(() -> lose(null));
            }
        }
    }

    @Override
    public void abort() {
        closing = true;
        loop.callSoon(() -> lose(null));
    }

    @Override
    public boolean isClosing() {
        return closing;
    }

    @Override
    public void pauseReading() {
        if (!closing) {
            pauses++;
            reading = false;
        }
    }

    @Override
    public void resumeReading() {
        if (!closing && !reading) {
            resumes++;
            reading = true;
            loop.callSoon(this::pump);
        }
    }

    @Override
    public boolean isReading() {
        return reading && !closing;
    }

    @Override
    public void setWriteBufferLimits(WaterMarks newMarks) {
        marks = newMarks;
        pauseIfHigh();
        resumeIfLow();
    }

    @Override
    public boolean isWritingPaused() {
        return writingPaused;
    }

    @Override
    public WaterMarks writeBufferLimits() {
        return marks;
    }

    @Override
    public int writeBufferSize() {
        return buffered.size();
    }

    @Override
    public long droppedBytes() {
        return dropped;
    }

    @Override
    public void setProtocol(BaseProtocol newProtocol) {
        protocol = (BufferedProtocol) newProtocol;
    }

    @Override
    public BaseProtocol protocol() {
        return protocol;
    }

    @Override
    public Loop loop() {
        return loop;
    }

    @Override
    public SocketAddress localAddress() {
        return null;
    }

    @Override
    public SocketAddress remoteAddress() {
        return null;
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) {
        throw new UnsupportedOperationException(option.name());
    }

    @Override
    public <T> T getOption(SocketOption<T> option) {
        throw new UnsupportedOperationException(option.name());
    }

    @Override
    public String toString() {
        return "FakeTransport";
    }
}
