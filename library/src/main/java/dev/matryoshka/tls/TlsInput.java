package dev.matryoshka.tls;

import dev.matryoshka.engine.HeapPool;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The receiving direction: what is kept as ciphertext, when it is decrypted, and how the protocol gets it. Loop thread only.
 *
 * <p>All whole records of one receive are decrypted before the next receive, into memory that the loop lends for that long. What
 * stays here between passes is the piece of a record, in an array of its size, or what one receive had brought (256 KiB at
 * most) when reading was paused, handshake work set in, or the peer did not take its answers; then nothing more is received
 * from below.
 */
final class TlsInput {
    /** The largest plaintext of a record that the JDK's engine makes of one, with room to spare. */
    private static final int ONE_RECORD_BYTES = 17 * 1024;

    private static final int HELD_MIN_BYTES = 64;

    private final TlsConnection connection;
    private final LoopEngine engine;
    private final TlsEngine core;
    private final Transport lower;

    /** Ciphertext that could not be decrypted yet, to be read; or {@link TlsEngine#NOTHING}. */
    private ByteBuffer held = TlsEngine.NOTHING;

    /** Plaintext of one record that a {@link BufferedProtocol} has not taken: its memory was short, and then it paused. */
    private ByteBuffer undelivered = TlsEngine.NOTHING;

    /** Inside {@link #process}: what the protocol does there is noticed there, what it writes leaves at its end. */
    private boolean processing;

    private boolean paused;

    /** The first bytes wait a pass, so that whoever awaited the handshake can look at its result before. */
    private boolean waitsForNextPass;

    private boolean resumeQueued;

    TlsInput(TlsConnection connection, LoopEngine engine, TlsEngine core, Transport lower) {
        this.connection = connection;
        this.engine = engine;
        this.core = core;
        this.lower = lower;
    }

    /** Bytes that wait here. */
    int size() {
        return held.remaining() + undelivered.remaining();
    }

    boolean isPaused() {
        return paused;
    }

    boolean isProcessing() {
        return processing;
    }

    // ---- from below -----------------------------------------------------------------------------------------------

    /**
     * Decrypts what was held and what has come, and delivers it, as far as the transport lets it.
     *
     * @param incoming lent; all of it is taken
     */
    void process(ByteBuffer incoming) {
        if (processing) {
            hold(TlsEngine.NOTHING, incoming);
            return;
        }
        processing = true;
        try {
            deliverRest();
            if (mayRead()) {
                decrypt(incoming);
            } else {
                hold(TlsEngine.NOTHING, incoming);
            }
        } finally {
            processing = false;
        }
        connection.processed();
    }

    private void decrypt(ByteBuffer incoming) {
        HeapPool.Piece cipherPiece = engine.heap().take();
        HeapPool.Piece plainPiece = engine.heap().take();
        ByteBuffer records = cipherPiece.cleared().limit(0);
        try {
            decrypt(records, incoming, plainPiece);
        } catch (SSLException broken) {
            connection.failed(broken);
        } finally {
            hold(records, incoming);
            engine.heap().giveBack(plainPiece);
            engine.heap().giveBack(cipherPiece);
        }
    }

    private boolean mayRead() {
        return connection.mayRead() && mayTell();
    }

    /** Whether the protocol may hear of what comes next: bytes or the end. */
    boolean mayTell() {
        return connection.dropsInput() || !paused && !waitsForNextPass && !undelivered.hasRemaining();
    }

    private void decrypt(ByteBuffer records, ByteBuffer incoming, HeapPool.Piece plain) throws SSLException {
        while (mayRead()) {
            fill(records, incoming);
            if (!records.hasRemaining()) {
                return;
            }
            TlsStep step = unwrap(records, plain);
            if (step == TlsStep.STARVED && !held.hasRemaining() && !incoming.hasRemaining()) {
                return;
            }
            if (!connection.follow(step)) {
                return;
            }
        }
    }

    /** Moves what is held, then what has come, behind the rest of the records. */
    private void fill(ByteBuffer records, ByteBuffer incoming) {
        if (held.hasRemaining() || incoming.hasRemaining()) {
            records.compact();
            move(held, records);
            move(incoming, records);
            records.flip();
        }
    }

    private static void move(ByteBuffer source, ByteBuffer target) {
        int count = Math.min(source.remaining(), target.remaining());
        target.put(target.position(), source, source.position(), count).position(target.position() + count);
        source.position(source.position() + count);
    }

    /** Keeps all that was not decrypted, in the array that is there if it fits. */
    private void hold(ByteBuffer records, ByteBuffer incoming) {
        int count = records.remaining() + held.remaining() + incoming.remaining();
        if (count == 0 || connection.isOver()) {
            held = TlsEngine.NOTHING;
            incoming.position(incoming.limit());
            return;
        }
        if (!records.hasRemaining() && !incoming.hasRemaining()) {
            return;
        }
        boolean fits = !held.hasRemaining() && held.capacity() >= count && held.capacity() >> 2 <= count;
        ByteBuffer target = fits ? held.clear() : ByteBuffer.allocate(arrayBytes(count));
        target.put(records).put(fits ? TlsEngine.NOTHING : held).put(incoming);
        held = target.flip();
    }

    /** A power of two: a record that comes byte by byte is not a new array for each. */
    private static int arrayBytes(int count) {
        return Math.max(HELD_MIN_BYTES, Integer.highestOneBit(2 * count - 1));
    }

    /** Handed over by whoever had the connection before (bug B15 of asyncio). */
    void prepend(ByteBuffer received) {
        hold(TlsEngine.NOTHING, received);
    }

    // ---- to the protocol ------------------------------------------------------------------------------------------

    private TlsStep unwrap(ByteBuffer records, HeapPool.Piece plain) throws SSLException {
        BaseProtocol protocol = connection.protocol();
        if (core.state() == TlsState.HANDSHAKING) {
            return core.unwrap(records, TlsEngine.NOTHING);
        }
        if (connection.dropsInput()) {
            return core.unwrap(records, plain.cleared());
        }
        if (protocol instanceof BufferedProtocol buffered) {
            return unwrapInto(buffered, records, plain);
        }
        return unwrapFor((Protocol) protocol, records, plain);
    }

    /** What was good before a broken record is delivered before the failure is told. */
    private TlsStep unwrapFor(Protocol protocol, ByteBuffer records, HeapPool.Piece plain) throws SSLException {
        ByteBuffer target = plain.cleared();
        try {
            return core.unwrap(records, target);
        } finally {
            int count = target.position();
            if (count > 0) {
                deliver(protocol, plain.lend(count));
            }
        }
    }

    private void deliver(Protocol protocol, ByteBuffer plaintext) {
        try {
            protocol.dataReceived(plaintext);
        } catch (Throwable escaped) {
            connection.fatal("Fatal error: protocol.dataReceived() call failed.", escaped);
        }
    }

    private TlsStep unwrapInto(BufferedProtocol protocol, ByteBuffer records, HeapPool.Piece plain)
            throws SSLException {
        ByteBuffer target = room(protocol);
        if (target == null || !mayRead()) {
            return TlsStep.FULL;
        }
        int start = target.position();
        TlsStep step;
        try {
            step = core.unwrap(records, target);
        } finally {
            updated(protocol, target.position() - start);
        }
        if (step != TlsStep.FULL || target.position() > start) {
            return step;
        }
        // Not even one record fits: it is decrypted here and handed over in pieces.
        int roomBytes = Math.max(ONE_RECORD_BYTES, TlsEngine.announcedBytes(records));
        ByteBuffer one = plain.cleared().limit(roomBytes);
        try {
            return core.unwrap(records, one);
        } finally {
            one.flip();
            deliverPieces(protocol, one, target);
            if (one.hasRemaining()) {
                undelivered = ByteBuffer.allocate(one.remaining()).put(one).flip();
            }
        }
    }

    private void deliverPieces(BufferedProtocol protocol, ByteBuffer source, @Nullable ByteBuffer firstRoom) {
        ByteBuffer target = firstRoom;
        while (source.hasRemaining() && connection.isReading()) {
            if (target == null) {
                target = room(protocol);
                if (target == null || !connection.isReading()) {
                    return;
                }
            }
            int before = source.remaining();
            move(source, target);
            updated(protocol, before - source.remaining());
            target = null;
        }
    }

    /** What a pause has left of one record; its protocol may be another one by now. */
    private void deliverRest() {
        ByteBuffer rest = undelivered;
        if (!rest.hasRemaining() || waitsForNextPass || !connection.isReading()) {
            return;
        }
        if (connection.protocol() instanceof BufferedProtocol buffered) {
            deliverPieces(buffered, rest, null);
        } else if (connection.protocol() instanceof Protocol protocol) {
            undelivered = TlsEngine.NOTHING;
            deliver(protocol, rest.asReadOnlyBuffer());
            return;
        }
        if (!rest.hasRemaining()) {
            undelivered = TlsEngine.NOTHING;
        }
    }

    /** Null when the protocol has failed over it. */
    private @Nullable ByteBuffer room(BufferedProtocol protocol) {
        try {
            ByteBuffer target = protocol.getBuffer(-1);
            if (!target.hasRemaining()) {
                throw new IllegalStateException("getBuffer() returned an empty buffer");
            }
            if (target.isReadOnly()) {
                throw new IllegalStateException("getBuffer() returned a read-only buffer");
            }
            return target;
        } catch (Throwable escaped) {
            connection.fatal("Fatal error: protocol.getBuffer() call failed.", escaped);
            return null;
        }
    }

    private void updated(BufferedProtocol protocol, int byteCount) {
        if (byteCount > 0) {
            try {
                protocol.bufferUpdated(byteCount);
            } catch (Throwable escaped) {
                connection.fatal("Fatal error: protocol.bufferUpdated() call failed.", escaped);
            }
        }
    }

    // ---- pausing --------------------------------------------------------------------------------------------------

    void pause() {
        paused = true;
        balance();
    }

    void resume() {
        if (paused) {
            paused = false;
            processSoon();
        }
    }

    /** In the next pass: what is held, then what comes from below. */
    void processSoon() {
        if (!resumeQueued) {
            resumeQueued = true;
            engine.callSoon(() -> {
                resumeQueued = false;
                waitsForNextPass = false;
                process(TlsEngine.NOTHING);
            });
        }
    }

    void waitForNextPass() {
        waitsForNextPass = true;
        processSoon();
    }

    /** Receives from below exactly while what comes can be decrypted. */
    void balance() {
        if (!processing && !connection.isOver()) {
            if (mayRead()) {
                lower.resumeReading();
            } else {
                lower.pauseReading();
            }
        }
    }

    /** The connection is over. */
    void drop() {
        held = TlsEngine.NOTHING;
        undelivered = TlsEngine.NOTHING;
    }
}
