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
 *   stuck            first            more                          last
 *   ┌────┬───────┐  ┌────┬───────┐  ┌────────────┐  ┌────────────┐  ┌───────┬────┐
 *   │sent│ bytes │  │sent│ bytes │  │   bytes    │  │   bytes    │  │ bytes │room│
 *   └────┴───────┘  └────┴───────┘  └────────────┘  └────────────┘  └───────┴────┘
 *   mostly absent        ▲ from                                             ▲ to
 * </pre>
 *
 * Mostly there is one chunk, which costs one plain send; an empty buffer holds no memory. The size is a counter: a sum over
 * the pieces at each write would make many small writes quadratic (bug B21 of asyncio).
 *
 * <p>Bytes that the peer does not take may lie here for hours. While they are few they lie in a heap array of at most about
 * twice their number, not in a chunk: ten thousand slow peers with a hundred bytes each would pin 640 MB. What can leave in
 * this pass never comes near that array.
 */
final class WriteBuffer {
    /** So many bytes that are stuck lie in an array; more are worth a chunk, of which they fill an eighth. */
    static final int STUCK_BYTES_MAX = ChunkPool.WRITE_BYTES / 8;

    private static final int STUCK_BYTES_MIN = 64;

    private final ChunkPool pool;

    /** A heap buffer from its position to its limit, in front of the chunks; null for none. */
    private @Nullable ByteBuffer stuck;

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

    /** As {@link #append} while the peer takes nothing: few bytes need no chunk. */
    void appendStuck(ByteBuffer source) {
        if (first == null && size + (long) source.remaining() <= STUCK_BYTES_MAX) {
            int count = source.remaining();
            ByteBuffer target = roomyArray(count);
            int end = target.limit();
            // Memory of a closed arena throws here, before anything has changed.
            source.get(source.position(), target.array(), target.arrayOffset() + end, count);
            source.position(source.limit());
            stuck = target.limit(end + count);
            size += count;
        } else {
            append(source);
        }
    }

    /** The bytes that are stuck, in an array with room for more behind them. */
    private ByteBuffer roomyArray(int count) {
        ByteBuffer old = stuck;
        if (old != null && old.capacity() - old.limit() >= count) {
            return old;
        }
        ByteBuffer fresh = ByteBuffer.allocate(arrayBytes(size + count));
        return old == null
                ? fresh.limit(0)
                : fresh.put(0, old, old.position(), size).limit(size);
    }

    /** The next power of two. */
    private static int arrayBytes(int held) {
        return Math.max(STUCK_BYTES_MIN, Integer.highestOneBit(2 * held - 1));
    }

    /** The peer takes no more: few bytes leave their chunk. */
    private void settle() {
        Chunk head = first;
        if (head != null && head == last && stuck == null && size <= STUCK_BYTES_MAX) {
            stuck = ByteBuffer.allocate(arrayBytes(size))
                    .put(head.bytes().limit(to).position(from))
                    .flip();
            releaseChunks();
        }
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
            if (head != null && head == last && stuck == null) {
                sent(channel.send(head, from, to - from));
            } else {
                ByteBuffer[] batch = windows(null);
                int before = stuckBytes();
                int count = (int) channel.send(batch, 0, batch.length);
                sent(count, before);
            }
        }
        if (size > 0) {
            settle();
        }
    }

    private int stuckBytes() {
        return stuck == null ? 0 : stuck.remaining();
    }

    /**
     * Sends what is held and a large piece behind it in one gathering call, without copying the piece.
     *
     * @param piece its position moves by what was taken of it
     */
    void flushWith(Channel channel, ByteBuffer piece) throws IOException {
        ByteBuffer[] batch = windows(piece);
        int before = piece.remaining();
        int stuckBefore = stuckBytes();
        long count = channel.send(batch, 0, batch.length);
        int ofPiece = before - piece.remaining();
        sent((int) (count - ofPiece), stuckBefore);
    }

    /** The bytes as buffers, at most GATHER_MAX of them. Only for more than one chunk, so its objects do not count. */
    private ByteBuffer[] windows(@Nullable ByteBuffer piece) {
        int held = (stuck == null ? 0 : 1) + (first == null ? 0 : 1) + (more == null ? 0 : more.size());
        boolean fits = held + 1 <= NonBlockingSocket.GATHER_MAX;
        int count = Math.min(held, NonBlockingSocket.GATHER_MAX);
        ByteBuffer[] windows = new ByteBuffer[count + (piece != null && fits ? 1 : 0)];
        int index = 0;
        if (stuck != null) {
            windows[index++] = stuck;
        }
        if (first != null && index < count) {
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

    /** @param stuckBefore bytes that were stuck before the send, which has moved their position */
    private void sent(int byteCount, int stuckBefore) {
        int ofStuck = stuckBefore - stuckBytes();
        if (stuck != null && !stuck.hasRemaining()) {
            stuck = null;
        }
        size -= ofStuck;
        sent(byteCount - ofStuck);
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
        stuck = null;
        releaseChunks();
    }

    private void releaseChunks() {
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
