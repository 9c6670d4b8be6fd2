package dev.matryoshka.stream;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Objects;

/** A reader for code that wants a {@link InputStream}. Loop thread only, in a task; see {@link StreamReader#asInputStream()}. */
final class ReaderInputStream extends InputStream {
    private final StreamReader reader;
    private boolean closed;

    ReaderInputStream(StreamReader reader) {
        this.reader = reader;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (closed) {
            throw new IOException("this view of the stream is closed");
        }
        try {
            return reader.readInto(ByteBuffer.wrap(target, offset, length));
        } catch (InterruptedException cancelled) {
            throw asIOException(cancelled);
        }
    }

    @Override
    public int available() {
        return reader.bufferedBytes();
    }

    @Override
    public void close() {
        closed = true;
    }

    /** How cancelling shows in {@code java.io}, whose methods cannot throw it as it is. */
    static InterruptedIOException asIOException(InterruptedException cancelled) {
        InterruptedIOException wrapped = new InterruptedIOException("cancelled");
        wrapped.initCause(cancelled);
        return wrapped;
    }
}
