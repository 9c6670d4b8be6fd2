package dev.matryoshka.tls;

import dev.matryoshka.engine.ChunkQueue;
import dev.matryoshka.engine.HeapPool;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.PassEndListener;
import dev.matryoshka.engine.Pieces;
import dev.matryoshka.transport.Drops;
import dev.matryoshka.transport.FlowControl;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.WaterMarks;
import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * The sending direction: what is kept as plaintext, when it becomes records, and when the protocol is asked to pause. Loop
 * thread only.
 *
 * <p>The rules are those of a plain connection. What a receiving callback writes becomes records when it returns, so several
 * small writes share one; what is written from elsewhere does so at the end of the pass; large writes do so at once and are
 * not copied before. Plaintext waits here while the transport below is full: ciphertext that nobody takes is not made.
 */
final class TlsOutput implements PassEndListener {
    /** From here on a write is encrypted where it lies; below, filling the record costs less than a record of its own. */
    private static final int DIRECT_BYTES = 8 * 1024;

    /** So much is not kept for the end of the callback or of the pass: two full records. */
    private static final int GATHERED_BYTES_MAX = 4 * DIRECT_BYTES;

    /**
     * So much of the engine's own may be put on a transport that is full already: hundreds of key updates. An honest peer sends
     * one in 128 GiB, so it never has to read on for us to read on.
     */
    private static final int OWN_BYTES_MAX = 16 * 1024;

    private final TlsConnection connection;
    private final LoopEngine engine;
    private final TlsEngine core;
    private final Transport lower;

    /**
     * Plaintext that is not encrypted yet, because the handshake lasts, because the transport below is full, or because more may
     * come in this pass and fill the record.
     */
    private final ChunkQueue queue;

    private final FlowControl flow;
    private final Drops drops = new Drops();

    /** The transport below has asked to pause. */
    private boolean lowerPaused;

    /** Of the engine's own, handed down since then. */
    private int ownBytes;

    /** writeEof was called: the close_notify goes behind what is queued. */
    private boolean eofQueued;

    /** The loop in {@link #encrypt} is at it; whoever writes meanwhile only queues. */
    private boolean encrypting;

    private boolean flushQueued;

    TlsOutput(TlsConnection connection, LoopEngine engine, TlsEngine core, Transport lower, FlowControl flow) {
        this.connection = connection;
        this.engine = engine;
        this.core = core;
        this.lower = lower;
        this.queue = new ChunkQueue(engine.chunks());
        this.flow = flow;
        this.lowerPaused = lower.isWritingPaused();
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }

    /** Plaintext that waits here, and ciphertext that waits below. */
    int size() {
        return Math.addExact(queue.size(), lower.writeBufferSize());
    }

    long bytesDropped() {
        return drops.bytes() + lower.droppedBytes();
    }

    WaterMarks marks() {
        return flow.marks();
    }

    void setMarks(WaterMarks marks) {
        flow.setMarks(marks);
        lower.setWriteBufferLimits(TlsConnection.marksBelow(marks));
        balance();
    }

    // ---- writing --------------------------------------------------------------------------------------------------

    void write(ByteBuffer data) {
        if (!admit(data.remaining())) {
            data.position(data.limit());
            return;
        }
        if (data.remaining() >= DIRECT_BYTES && canEncrypt()) {
            Pieces.touch(data);
            encrypt(data);
        }
        wrote(data);
    }

    void writeLines(List<ByteBuffer> pieces) {
        boolean admitted = admit(Pieces.readableBytes(pieces));
        try {
            for (ByteBuffer piece : pieces) {
                if (!admitted) {
                    piece.position(piece.limit());
                } else {
                    queue.append(piece);
                }
            }
        } finally {
            if (admitted) {
                wrote(TlsEngine.NOTHING); // without memory for all of them, too: what is kept has to leave
            }
        }
    }

    private boolean admit(long byteCount) {
        if (eofQueued) {
            throw new IllegalStateException("cannot write after writeEof(): " + connection.face());
        }
        if (!connection.isClosing()) {
            return byteCount > 0;
        }
        drops.written(byteCount, connection.face());
        return false;
    }

    /** What is left of a write is queued, and leaves when it is its time. */
    private void wrote(ByteBuffer rest) {
        if (connection.isOver()) {
            drops.unsent(rest.remaining());
            rest.position(rest.limit());
            return;
        }
        queue.append(rest);
        if (canEncrypt() && !queue.isEmpty()) {
            if (queue.size() >= GATHERED_BYTES_MAX) {
                encrypt(TlsEngine.NOTHING);
            } else if (!connection.isReceiving() && !flushQueued) {
                flushQueued = true;
                engine.atPassEnd(this);
            }
        }
        if (!connection.isOver()) {
            flow.grown(size(), connection.protocol(), connection);
        }
    }

    private boolean canEncrypt() {
        return !lowerPaused && !encrypting && connection.canEncrypt();
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @Override
    public void onPassEnd() {
        flushQueued = false;
        flush();
    }

    /** Encrypts what is queued, as far as the transport below takes it. Afterwards the connection may be over. */
    void flush() {
        if (!queue.isEmpty() && canEncrypt()) {
            encrypt(TlsEngine.NOTHING);
        }
        balance();
        if (queue.isEmpty() && !connection.isOver()) {
            if (eofQueued && core.state().canWrapData()) {
                endOutput();
                connection.pump();
            }
            connection.flushed();
        }
    }

    /** The queue, then a piece behind it; several records go down in one write. */
    private void encrypt(ByteBuffer piece) {
        HeapPool.Piece target = engine.heap().take();
        encrypting = true;
        try {
            ByteBuffer records = target.cleared();
            while (!lowerPaused && connection.canEncrypt()) {
                ByteBuffer next = queue.isEmpty() ? piece : queue.head();
                if (!next.hasRemaining()) {
                    break;
                }
                int before = next.position();
                TlsStep step = core.wrap(next, records);
                if (next != piece) {
                    queue.took(next.position() - before);
                }
                if (step == TlsStep.FULL) {
                    handDown(records);
                } else if (step == TlsStep.TASK) {
                    connection.offload();
                }
            }
            handDown(records);
        } catch (SSLException broken) {
            connection.failed(broken);
        } finally {
            encrypting = false;
            engine.heap().giveBack(target);
        }
    }

    private void handDown(ByteBuffer records) {
        if (records.flip().hasRemaining() && connection.canSendDown()) {
            lower.write(records);
        }
        records.clear();
    }

    /**
     * Sends what the engine itself has to say: handshake messages, key updates, alerts.
     *
     * @return DONE or STARVED when there is nothing more; TASK or OPENED
     */
    TlsStep sendOwn() throws SSLException {
        HeapPool.Piece target = engine.heap().take();
        try {
            ByteBuffer records = target.cleared();
            TlsStep step;
            do {
                step = core.wrap(TlsEngine.NOTHING, records);
                ownBytes += lowerPaused ? records.position() : 0;
                handDown(records);
            } while (step == TlsStep.FULL);
            return step;
        } finally {
            engine.heap().giveBack(target);
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    void end() {
        if (!eofQueued) {
            eofQueued = true;
            flush();
        }
    }

    /** Makes the close_notify, once; it is sent by {@link TlsConnection#pump}. */
    void endOutput() {
        if (core.state().canWrapData() && !connection.isWorking()) {
            core.closeOutput();
        }
    }

    /** The connection is over, or its output cannot be encrypted any more. */
    void drop() {
        drops.unsent(queue.size());
        queue.clear();
    }

    boolean isWritingPaused() {
        return flow.isPaused();
    }

    // ---- flow control ---------------------------------------------------------------------------------------------

    void pauseWriting() {
        lowerPaused = true;
    }

    /** The peer asks for answers and does not take them: what it asks for next is not looked at. */
    boolean isClogged() {
        return lowerPaused && ownBytes > OWN_BYTES_MAX;
    }

    void resumeWriting() {
        lowerPaused = false;
        ownBytes = 0;
        if (!encrypting) {
            flush();
        }
    }

    private void balance() {
        if (!connection.isOver()) {
            flow.grown(size(), connection.protocol(), connection);
        }
        if (!connection.isOver()) {
            flow.shrunk(size(), connection.protocol(), connection);
        }
    }
}
