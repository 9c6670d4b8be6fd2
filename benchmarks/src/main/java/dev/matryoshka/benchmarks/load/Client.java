package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.channels.SelectionKey;

/** One connection of a load; attached to its key. */
@FunctionalInterface
interface Client {
    /** Its channel can do what it waits for. */
    void ready(SelectionKey key) throws IOException;
}
