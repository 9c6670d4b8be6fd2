package dev.matryoshka.benchmarks.peer;

import java.io.IOException;

/** An echo server that does without us, to compare with. */
public interface PeerServer extends AutoCloseable {
    /** As many as ours. */
    int BACKLOG = 1024;

    /** Where it listens. */
    int port();

    /** Blocks the calling thread until {@link #close}. */
    void serve() throws IOException;

    /** Makes {@link #serve} return. Any thread. */
    @Override
    void close() throws IOException;
}
