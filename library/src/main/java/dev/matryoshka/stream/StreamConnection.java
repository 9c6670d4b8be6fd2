package dev.matryoshka.stream;

/**
 * Both directions of a connection, for try-with-resources. Loop thread only.
 *
 * @param reader what the peer sends
 * @param writer what is sent to it
 */
public record StreamConnection(StreamReader reader, StreamWriter writer) implements AutoCloseable {
    /** As {@link StreamWriter#close()}: flushes, then closes, and does not wait for it. Idempotent. */
    @Override
    public void close() {
        writer.close();
    }
}
