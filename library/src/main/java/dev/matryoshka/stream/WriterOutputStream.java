package dev.matryoshka.stream;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/** A writer for code that wants an {@link OutputStream}. Loop thread only; see {@link StreamWriter#asOutputStream()}. */
final class WriterOutputStream extends OutputStream {
    private final StreamWriter writer;
    private boolean closed;

    WriterOutputStream(StreamWriter writer) {
        this.writer = writer;
    }

    @Override
    public void write(int single) throws IOException {
        write(new byte[] {(byte) single}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        requireOpen();
        try {
            writer.write(source, offset, length);
        } catch (InterruptedException cancelled) {
            throw ReaderInputStream.asIOException(cancelled);
        }
    }

    @Override
    public void flush() throws IOException {
        requireOpen();
        try {
            writer.drain();
        } catch (InterruptedException cancelled) {
            throw ReaderInputStream.asIOException(cancelled);
        }
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            flush();
            closed = true;
        }
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException("this view of the stream is closed");
        }
    }
}
