package dev.matryoshka.transport;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.loop.Loop;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A transport that hands every call to the one below, for a {@link Layer} that changes a few of them. Each call does, throws
 * and is thread-checked as the lower transport says.
 *
 * <p>Whose protocol it is cannot be forwarded: the lower transport calls the layer, the layer calls its user. So
 * {@link #setProtocol} and {@link #protocol} are left to the layer, and the compiler reminds it.
 */
public abstract class ForwardingTransport implements Transport {
    private final Transport lower;

    /** Stands on another transport. */
    protected ForwardingTransport(Transport lower) {
        this.lower = Objects.requireNonNull(lower, "lower");
    }

    /** The transport below. */
    protected final Transport lower() {
        return lower;
    }

    @Override
    public Loop loop() {
        return lower.loop();
    }

    @Override
    public void write(ByteBuffer data) {
        lower.write(data);
    }

    @Override
    public void write(byte[] data) {
        lower.write(data);
    }

    @Override
    public void writeLines(List<ByteBuffer> pieces) {
        lower.writeLines(pieces);
    }

    @Override
    public void writeEof() {
        lower.writeEof();
    }

    @Override
    public boolean canWriteEof() {
        return lower.canWriteEof();
    }

    @Override
    public void close() {
        lower.close();
    }

    @Override
    public void abort() {
        lower.abort();
    }

    @Override
    public boolean isClosing() {
        return lower.isClosing();
    }

    @Override
    public void pauseReading() {
        lower.pauseReading();
    }

    @Override
    public void resumeReading() {
        lower.resumeReading();
    }

    @Override
    public boolean isReading() {
        return lower.isReading();
    }

    /** What {@link Layer#isInputEnded} answers. A layer that tells the end later than the transport below answers for itself. */
    protected boolean isInputEnded() {
        return Layer.isInputEnded(lower);
    }

    @Override
    public void setWriteBufferLimits(WaterMarks marks) {
        lower.setWriteBufferLimits(marks);
    }

    /** {@inheritDoc} A layer with a buffer or marks of its own answers for itself. */
    @Override
    public boolean isWritingPaused() {
        return lower.isWritingPaused();
    }

    @Override
    public WaterMarks writeBufferLimits() {
        return lower.writeBufferLimits();
    }

    @Override
    public int writeBufferSize() {
        return lower.writeBufferSize();
    }

    @Override
    public long droppedBytes() {
        return lower.droppedBytes();
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return lower.localAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return lower.remoteAddress();
    }

    @Override
    public PeerCredentials peerCredentials() throws IOException {
        return lower.peerCredentials();
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        lower.setOption(option, value);
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return lower.getOption(option);
    }
}
