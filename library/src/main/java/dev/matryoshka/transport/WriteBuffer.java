package dev.matryoshka.transport;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChunkPool;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that were written and are not sent yet, copied into chunks of the loop's pool. Loop thread only.
 *
 * <pre>
 *   first            more                          last
 *   ┌────┬───────┐  ┌────────────┐  ┌────────────┐  ┌───────┬────┐
 *   │sent│ bytes │  │   bytes    │  │   bytes    │  │ bytes │room│
 *   └────┴───────┘  └────────────┘  └────────────┘  └───────┴────┘
 *        ▲ from                                             ▲ to
 * </pre>
 *
 * Mostly there is one chunk, which costs one plain send; an empty buffer holds no memory. The size is a counter: a sum over
 * the pieces at each write would make many small writes quadratic (bug B21 of asyncio).
 */
final class WriteBuffer {
    private final ChunkPool pool;
    private @Nullable Chunk first;
    private @Nullable Chunk last;

    /** Chunks after the first, the last included; null until a second one is needed. */
    private @Nullable ArrayDeque<Chunk> more;

    private int from;
    private int to;
    private int size;

    WriteBuffer(ChunkPool pool) {
        this.pool = pool;
    }

    /** Bytes held. */
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
                release();
            }
        }
    }

    private Chunk roomy() {
        Chunk tail = last;
        if (tail != null && to < tail.capacity()) {
            return tail;
        }
        Chunk fresh = pool.take();
        if (tail == null) {
            first = fresh;
            from = 0;
        } else {
            if (more == null) {
                more = new ArrayDeque<>(4);
            }
            more.add(fresh);
        }
        last = fresh;
        to = 0;
        return fresh;
    }

    /** Sends until nothing is left or the kernel takes no more. */
    void flush(Channel channel) throws IOException {
        while (size > 0 && channel.isWritable()) {
            Chunk head = first;
            if (head != null && head == last) {
                sent(channel.send(head, from, to - from));
            } else {
                ByteBuffer[] batch = windows(null);
                sent((int) channel.send(batch, 0, batch.length));
            }
        }
    }

    /**
     * Sends what is held and a large piece behind it in one gathering call, without copying the piece.
     *
     * @param piece its position moves by what was taken of it
     */
    void flushWith(Channel channel, ByteBuffer piece) throws IOException {
        ByteBuffer[] batch = windows(piece);
        int before = piece.remaining();
        long count = channel.send(batch, 0, batch.length);
        int ofPiece = before - piece.remaining();
        sent((int) (count - ofPiece));
    }

    /** The bytes as buffers, at most GATHER_MAX of them. Only for more than one chunk, so its objects do not count. */
    private ByteBuffer[] windows(@Nullable ByteBuffer piece) {
        int chunks = size == 0 ? 0 : 1 + (more == null ? 0 : more.size());
        boolean fits = chunks + 1 <= NonBlockingSocket.GATHER_MAX;
        int count = Math.min(chunks, NonBlockingSocket.GATHER_MAX);
        ByteBuffer[] windows = new ByteBuffer[count + (piece != null && fits ? 1 : 0)];
        int index = 0;
        if (first != null && count > 0) {
            windows[index++] =
                    first.bytes().limit(first == last ? to : first.capacity()).position(from);
        }
        if (more != null) {
            for (Chunk chunk : more) {
                if (index == count) {
                    break;
                }
                windows[index++] = chunk.bytes()
                        .limit(chunk == last ? to : chunk.capacity())
                        .position(0);
            }
        }
        if (piece != null && fits) {
            windows[index] = piece;
        }
        return windows;
    }

    private void sent(int byteCount) {
        size -= byteCount;
        if (size == 0) {
            release();
            return;
        }
        from += byteCount;
        for (Chunk head = first; head != null && from >= head.capacity(); head = first) {
            from -= head.capacity();
            pool.giveBack(head);
            first = more == null ? null : more.poll();
        }
    }

    /** Drops everything. */
    void clear() {
        size = 0;
        release();
    }

    private void release() {
        if (first != null) {
            pool.giveBack(first);
            first = null;
        }
        if (more != null) {
            more.forEach(pool::giveBack);
            more = null;
        }
        last = null;
        from = 0;
        to = 0;
    }
}
