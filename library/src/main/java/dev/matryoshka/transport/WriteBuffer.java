package dev.matryoshka.transport;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChunkPool;
import dev.matryoshka.engine.ChunkQueue;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that were written and are not sent yet. Loop thread only.
 *
 * <pre>
 *   stuck            chunks
 *   ┌────┬───────┐  ┌────┬───────┐  ┌────────────┐  ┌───────┬────┐
 *   │sent│ bytes │  │sent│ bytes │  │   bytes    │  │ bytes │room│
 *   └────┴───────┘  └────┴───────┘  └────────────┘  └───────┴────┘
 *   mostly absent
 * </pre>
 *
 * Mostly there is one chunk, which costs one plain send; an empty buffer holds no memory.
 *
 * <p>Bytes that the peer does not take may lie here for hours. While they are few they lie in a heap array of at most about
 * twice their number, not in a chunk: ten thousand slow peers with a hundred bytes each would pin 640 MB. What can leave in
 * this pass never comes near that array.
 */
final class WriteBuffer extends ChunkQueue {
    /** So many bytes that are stuck lie in an array; more are worth a chunk, of which they fill an eighth. */
    static final int STUCK_BYTES_MAX = ChunkPool.WRITE_BYTES / 8;

    private static final int STUCK_BYTES_MIN = 64;

    /** A heap buffer from its position to its limit, in front of the chunks; null for none. */
    private @Nullable ByteBuffer stuck;

    /** @param lender the pool of the chunks that are borrowed */
    WriteBuffer(ChunkPool pool, ChunkPool lender) {
        super(pool, lender);
    }

    @Override
    public int size() {
        return stuckBytes() + super.size();
    }

    private int stuckBytes() {
        return stuck == null ? 0 : stuck.remaining();
    }

    /** As {@link #append} while the peer takes nothing: few bytes need no chunk. */
    void appendStuck(ByteBuffer source) {
        if (super.size() == 0 && stuckBytes() + (long) source.remaining() <= STUCK_BYTES_MAX) {
            int count = source.remaining();
            ByteBuffer target = roomyArray(count);
            int end = target.limit();
            // Memory of a closed arena throws here, before anything has changed.
            source.get(source.position(), target.array(), target.arrayOffset() + end, count);
            source.position(source.limit());
            stuck = target.limit(end + count);
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
        int held = stuckBytes();
        ByteBuffer fresh = ByteBuffer.allocate(arrayBytes(held + count));
        return old == null
                ? fresh.limit(0)
                : fresh.put(0, old, old.position(), held).limit(held);
    }

    /** The next power of two. */
    private static int arrayBytes(int held) {
        return Math.max(STUCK_BYTES_MIN, Integer.highestOneBit(2 * held - 1));
    }

    /** The peer takes no more: few bytes leave their chunk, and all leave one that is a reader's. */
    private void settle() {
        if (stuck == null && isOnePiece() && super.size() <= STUCK_BYTES_MAX) {
            stuck = ByteBuffer.allocate(arrayBytes(super.size())).put(head()).flip();
            super.clear();
        }
        own();
    }

    /** Sends until nothing is left or the kernel takes no more. */
    void flush(Channel channel) throws IOException {
        while (!isEmpty() && channel.isWritable()) {
            if (stuck == null && isOnePiece()) {
                sendHead(channel);
            } else {
                ByteBuffer[] batch = batch(null);
                int before = stuckBytes();
                int count = (int) channel.send(batch, 0, batch.length);
                sent(count, before);
            }
        }
        if (!isEmpty()) {
            settle();
        }
    }

    /**
     * Sends what is held and a large piece behind it in one gathering call, without copying the piece.
     *
     * @param piece its position moves by what was taken of it
     */
    void flushWith(Channel channel, ByteBuffer piece) throws IOException {
        own();
        ByteBuffer[] batch = batch(piece);
        int before = piece.remaining();
        int stuckBefore = stuckBytes();
        long count = channel.send(batch, 0, batch.length);
        int ofPiece = before - piece.remaining();
        sent((int) (count - ofPiece), stuckBefore);
    }

    /** The bytes as buffers, at most GATHER_MAX of them. Only for more than one piece, so its objects do not count. */
    private ByteBuffer[] batch(@Nullable ByteBuffer piece) {
        int held = (stuck == null ? 0 : 1) + pieces() + (piece == null ? 0 : 1);
        ByteBuffer[] batch = new ByteBuffer[Math.min(held, NonBlockingSocket.GATHER_MAX)];
        int index = 0;
        if (stuck != null) {
            batch[index++] = stuck;
        }
        index = windows(batch, index);
        if (piece != null && index < batch.length) {
            batch[index] = piece;
        }
        return batch;
    }

    /** @param stuckBefore bytes that were stuck before the send, which has moved their position */
    private void sent(int byteCount, int stuckBefore) {
        int ofStuck = stuckBefore - stuckBytes();
        if (stuck != null && !stuck.hasRemaining()) {
            stuck = null;
        }
        took(byteCount - ofStuck);
    }

    @Override
    public void clear() {
        stuck = null;
        super.clear();
    }
}
