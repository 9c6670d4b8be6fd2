package dev.matryoshka.tls;

import dev.matryoshka.engine.ChunkPool;
import dev.matryoshka.kernel.Chunk;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Plaintext that was written and is not encrypted yet, because the handshake lasts, because the transport below is full, or
 * because more may come in this pass and fill the record. In chunks of the loop's pool; empty it holds no memory. Loop thread
 * only.
 */
final class PlainQueue {
    private final ChunkPool pool;
    private final ArrayDeque<Chunk> more = new ArrayDeque<>(1);
    private @Nullable Chunk first;
    private @Nullable Chunk last;
    private int from;
    private int to;
    private int size;

    PlainQueue(ChunkPool pool) {
        this.pool = pool;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /**
     * Copies all that the source has left; its position moves to its limit. Where that fails, because there is no memory for a
     * chunk or the source's own is gone, the position tells what is held.
     */
    void append(ByteBuffer source) {
        int whole = Math.addExact(size, source.remaining());
        try {
            while (size < whole) {
                Chunk target = roomy();
                int position = source.position();
                int count = Math.min(whole - size, target.capacity() - to);
                target.bytes().clear().put(to, source, position, count);
                source.position(position + count);
                to += count;
                size += count;
            }
        } finally {
            if (size == 0) {
                clear();
            }
        }
    }

    private Chunk roomy() {
        Chunk tail = last;
        if (tail != null && to < tail.capacity()) {
            return tail;
        }
        Chunk fresh = pool.take();
        if (first == null) {
            first = fresh;
            from = 0;
        } else {
            more.add(fresh);
        }
        last = fresh;
        to = 0;
        return fresh;
    }

    /** The oldest bytes that lie in one piece; what is taken of them is told by {@link #took()}. Not for an empty queue. */
    ByteBuffer head() {
        Chunk head = first;
        if (head == null) {
            throw new IllegalStateException("empty");
        }
        return head.bytes().limit(head == last ? to : head.capacity()).position(from);
    }

    /** The position of {@link #head()} has moved. */
    void took() {
        Chunk head = first;
        if (head == null) {
            return;
        }
        int position = head.bytes().position();
        size -= position - from;
        from = position;
        if (size == 0) {
            clear();
        } else if (from == head.capacity()) {
            pool.giveBack(head);
            first = more.poll();
            from = 0;
        }
    }

    /** Drops everything. */
    void clear() {
        size = 0;
        if (first != null) {
            pool.giveBack(first);
            first = null;
        }
        more.forEach(pool::giveBack);
        more.clear();
        last = null;
        from = 0;
        to = 0;
    }
}
