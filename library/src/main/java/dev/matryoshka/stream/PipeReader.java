package dev.matryoshka.stream;

import dev.matryoshka.transport.ReadTransport;

/**
 * A pipe that is read in straight-line code, for try-with-resources. Loop thread only.
 *
 * @param reader what comes through it
 * @param transport what ends it
 */
public record PipeReader(StreamReader reader, ReadTransport transport) implements AutoCloseable {
    /** Stops receiving and closes the pipe; what had been received can still be read. Idempotent. */
    @Override
    public void close() {
        transport.close();
    }
}
