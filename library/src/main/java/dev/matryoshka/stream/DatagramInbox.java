package dev.matryoshka.stream;

import dev.matryoshka.address.Datagram;
import dev.matryoshka.stream.DatagramStreamOptions.WhenFull;
import dev.matryoshka.transport.DatagramTransport;
import java.io.IOException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What has come and nobody has taken yet, in order: datagrams, and errors among them. Bounded both ways. Loop thread only.
 */
final class DatagramInbox {
    /** Of errors that wait to be thrown; later ones are forgotten, they would say the same. */
    static final int ERRORS_MAX = 16;

    private final DatagramStreamOptions options;

    /** Each a Datagram or an IOException. */
    private final ArrayDeque<Object> queue = new ArrayDeque<>();

    private int bytes;
    private int errors;
    private long dropped;

    DatagramInbox(DatagramStreamOptions options) {
        this.options = options;
    }

    /** Whether another datagram would be one too many. */
    boolean isFull() {
        return bytes >= options.queueBytes();
    }

    /** Whether half of the room is free again: there a paused transport goes on, so that it is not switched at each datagram. */
    boolean isHalfEmpty() {
        return bytes <= options.queueBytes() / 2;
    }

    /** Adds or drops one; whatever is decided, it is counted here. */
    void add(Datagram datagram) {
        if (isFull() && options.whenFull() == WhenFull.DROP_NEWEST) {
            dropped++;
            return;
        }
        while (isFull() && options.whenFull() == WhenFull.DROP_OLDEST) {
            dropOldest();
        }
        queue.add(datagram);
        bytes += cost(datagram);
    }

    private void dropOldest() {
        if (queue.remove() instanceof Datagram oldest) {
            bytes -= cost(oldest);
            dropped++;
        } else {
            errors--;
        }
    }

    void add(IOException error) {
        if (errors < ERRORS_MAX) {
            queue.add(error);
            errors++;
        }
    }

    /**
     * The oldest datagram, or null when there is none.
     *
     * @throws IOException the oldest entry is an error, which is thrown once
     */
    @Nullable
    Datagram poll() throws IOException {
        Object oldest = queue.poll();
        if (oldest instanceof Datagram datagram) {
            bytes -= cost(datagram);
            return datagram;
        }
        if (oldest instanceof IOException error) {
            errors--;
            throw error;
        }
        return null;
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    long dropped() {
        return dropped;
    }

    private static int cost(Datagram datagram) {
        return datagram.bytes().length + DatagramTransport.HEADER_BYTES;
    }
}
