package dev.matryoshka.transport;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that could not be sent yet, in order. Loop thread only.
 *
 * <p>What a datagram counts is worked out in one place, for its coming and its going: asyncio forgot the header when one went, and its
 * endpoints paused for ever (bug B13).
 */
final class DatagramQueue {
    /** A copy, at its start; and where it goes. */
    record Kept(ByteBuffer bytes, @Nullable SocketAddress target) {
        private int cost() {
            return bytes.limit() + DatagramTransport.HEADER_BYTES;
        }
    }

    private final ArrayDeque<Kept> queue = new ArrayDeque<>();
    private int bytes;

    boolean isEmpty() {
        return queue.isEmpty();
    }

    int size() {
        return queue.size();
    }

    int bytes() {
        return bytes;
    }

    /** Copies what remains, and moves the position to the limit. */
    void add(ByteBuffer data, @Nullable SocketAddress target) {
        Kept kept = new Kept(ByteBuffer.allocate(data.remaining()).put(data).flip(), target);
        queue.add(kept);
        bytes = Math.addExact(bytes, kept.cost());
    }

    /** The oldest, which stays; only when there is one. */
    Kept first() {
        return queue.element();
    }

    void removeFirst() {
        bytes -= queue.remove().cost();
    }

    void clear() {
        queue.clear();
        bytes = 0;
    }
}
