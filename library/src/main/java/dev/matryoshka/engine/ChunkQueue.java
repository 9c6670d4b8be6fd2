package dev.matryoshka.engine;

import dev.matryoshka.kernel.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way, in chunks of the loop's pool; first in, first out. Empty it holds no memory. Loop thread only.
 *
 * <pre>
 *   first            more                          last
 *   ┌────┬───────┐  ┌────────────┐  ┌────────────┐  ┌───────┬────┐
 *   │gone│ bytes │  │   bytes    │  │   bytes    │  │ bytes │room│
 *   └────┴───────┘  └────────────┘  └────────────┘  └───────┴────┘
 *        ▲ from                                             ▲ to
 * </pre>
 *
 * Bytes are copied when they come, but for those that are <em>borrowed</em>: they lie in one chunk that belongs to a reader, and
 * nothing else is held. They are what leaves at once, as an echo does; whatever has to stay is copied then.
 *
 * <p>The size is a counter: a sum over the pieces at each write would make many small writes quadratic (bug B21 of asyncio).
 *
 * <p>Not final, so that a connection's write buffer is one object and not two: ten thousand connections have one each.
 */
public class ChunkQueue {
    private final ChunkPool pool;
    private final ChunkPool lender;

    private @Nullable Chunk first;
    private @Nullable Chunk last;

    /** Chunks after the first, the last included; null until a second one is needed. */
    private @Nullable ArrayDeque<Chunk> more;

    private int from;
    private int to;
    private int size;

    /** All that is held lies in {@link #first}, a reader's chunk that is shared. */
    private boolean borrowed;

    /** Takes its memory from {@code pool} and gives it back there. */
    public ChunkQueue(ChunkPool pool) {
        this(pool, pool);
    }

    /** @param lender the pool of the chunks that are borrowed */
    protected ChunkQueue(ChunkPool pool, ChunkPool lender) {
        this.pool = pool;
        this.lender = lender;
    }

    /** Bytes held. */
    public int size() {
        return size;
    }

    public final boolean isEmpty() {
        return size() == 0;
    }

    /**
     * Copies all that the source has left; its position moves to its limit. Where that fails, because there is no memory for a
     * chunk or the source's own is gone, the position tells what is held.
     */
    public final void append(ByteBuffer source) {
        int ignored = Math.addExact(size(), source.remaining()); // more than an int can tell is refused whole
        own();
        try {
            while (source.hasRemaining()) {
                Chunk target = roomy();
                int position = source.position();
                int count = Math.min(source.remaining(), target.capacity() - to);
                target.bytes().clear().put(to, source, position, count);
                source.position(position + count);
                to += count;
                size += count;
            }
        } finally {
            if (size == 0) {
                giveBack();
            }
        }
    }

    /**
     * Takes all that the window has left without a copy, when it is the one over {@code lent} and nothing is held, or what is held
     * was borrowed from there too and ends where this begins. The chunk is shared until its bytes have left, or until {@link #own}.
     * Its owner sees to it that they stay as they are meanwhile.
     *
     * @param window at least one byte
     * @return false when it has to be copied, and nothing has happened
     */
    public final boolean borrow(Chunk lent, ByteBuffer window) {
        int start = window.position();
        if (lent.view() != window || size() + window.remaining() > pool.chunkBytes()) {
            return false;
        }
        if (size() == 0) {
            lent.share();
            first = lent;
            last = lent;
            borrowed = true;
            from = start;
        } else if (!borrowed || first != lent || to != start) {
            return false;
        }
        to = window.limit();
        size = to - from;
        window.position(to);
        return true;
    }

    /**
     * Copies what is borrowed: it stays for longer than was thought, or something comes behind it. Where there is no memory for that
     * this throws, and nothing has changed.
     */
    public final void own() {
        Chunk lent = first;
        if (borrowed && lent != null) {
            Chunk fresh = pool.take();
            fresh.bytes().clear().put(0, lent.bytes().clear(), from, size);
            giveBack();
            first = fresh;
            last = fresh;
            to = size;
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

    /** Whether all chunks are one, so that {@link #sendHead} sends everything. */
    protected final boolean isOnePiece() {
        return first != null && first == last;
    }

    /** How many pieces {@link #windows} has. */
    protected final int pieces() {
        return (first == null ? 0 : 1) + (more == null ? 0 : more.size());
    }

    /** The oldest bytes that lie in one piece, until the next call; {@link #took} says how many were used. Not for an empty queue. */
    public final ByteBuffer head() {
        Chunk head = oldest();
        return head.bytes().limit(end(head)).position(from);
    }

    /** Sends the oldest bytes that lie in one piece; makes no object. Not for an empty queue. */
    protected final void sendHead(Channel channel) throws IOException {
        Chunk head = oldest();
        took(channel.send(head, from, end(head) - from));
    }

    private Chunk oldest() {
        Chunk head = first;
        if (head == null) {
            throw new IllegalStateException("empty");
        }
        return head;
    }

    private int end(Chunk chunk) {
        return chunk == last ? to : chunk.capacity();
    }

    /** Puts the oldest pieces into {@code target} from {@code index} on, as many as fit. Returns the index behind them. */
    protected final int windows(ByteBuffer[] target, int index) {
        int next = index;
        if (first != null && next < target.length) {
            target[next++] = head();
        }
        if (more != null) {
            for (Chunk chunk : more) {
                if (next == target.length) {
                    break;
                }
                target[next++] = chunk.bytes().limit(end(chunk)).position(0);
            }
        }
        return next;
    }

    /** The oldest bytes are gone. */
    public final void took(int byteCount) {
        size -= byteCount;
        if (size == 0) {
            giveBack();
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
    public void clear() {
        size = 0;
        giveBack();
    }

    private void giveBack() {
        if (first != null) {
            (borrowed ? lender : pool).giveBack(first);
            first = null;
            borrowed = false;
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
