package dev.matryoshka.benchmarks.load;

import java.io.IOException;

/** A kind of load: what it does to a server, and what of that counts. A new one for each request. */
@FunctionalInterface
interface Load {
    /**
     * Runs one request; blocks its thread for as long as that says. Whatever it opened is closed when it returns.
     *
     * @throws IOException the server is gone, or has answered what it should not
     * @throws IllegalArgumentException the request does not make sense
     */
    LoadResult run(LoadRequest request) throws IOException;
}
