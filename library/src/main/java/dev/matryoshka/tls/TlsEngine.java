package dev.matryoshka.tls;

import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLProtocolException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS without I/O: ciphertext in, plaintext out; plaintext in, ciphertext out. It knows no sockets, loops or threads; each call
 * moves what it can and says why it stopped. One caller at a time: while {@link #task()} runs nobody calls anything else.
 *
 * <p>Buffers should be backed by arrays: the JDK's engine decrypts in place and encrypts in place, and for direct memory it
 * copies piece by piece through an array of its own. A read-only source of ciphertext costs it 16 KiB per record.
 *
 * <p>Renegotiation (TLS 1.2 and older) is refused: with one message a peer could make a server sign again and again. What TLS
 * 1.3 has instead, key updates and tickets, is handled inside.
 */
final class TlsEngine {
    /** No bytes. */
    static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** RFC 5246, section 6.2.1: ContentType alert, in the clear at the front of a record before TLS 1.3. */
    private static final byte ALERT = 21;

    /** RFC 8446, section 5.1: type and version, then the length. */
    private static final int LENGTH_OFFSET = 3;

    private static final int HEADER_BYTES = 5;

    /**
     * So many records in a row may bring no data: key updates, tickets, empty ones. Each costs us more than the peer. The number
     * is BoringSSL's for key updates; Go takes 16 records.
     */
    private static final int IDLE_RECORDS_MAX = 32;

    private final SSLEngine ssl;
    private TlsState state = TlsState.HANDSHAKING;

    /**
     * Kept when the handshake is complete: asking the engine for it would wait for work on another thread. Written behind all that
     * is known with it, and read before, so any thread may ask for either.
     */
    private volatile @Nullable SSLSession session;

    private String applicationProtocol = "";

    /** TLS 1.2 or older: one close_notify ends both directions, and there is renegotiation to refuse. */
    private boolean legacy;

    /** Records of the peer since the last data, in either direction: who uploads for days gets nothing but key updates back. */
    private int idleRecords;

    TlsEngine(SSLEngine ssl) {
        this.ssl = ssl;
    }

    TlsState state() {
        return state;
    }

    /** @throws IllegalStateException the handshake is not complete */
    SSLSession session() {
        SSLSession agreed = session;
        if (agreed == null) {
            throw new IllegalStateException("the TLS handshake is not complete: " + this);
        }
        return agreed;
    }

    /** Empty when none was chosen. */
    String applicationProtocol() {
        return session == null ? "" : applicationProtocol;
    }

    /** Whether one direction can be ended alone: TLS 1.3, once that is known. */
    boolean canHalfClose() {
        return session != null && !legacy;
    }

    // ---- handshake work -------------------------------------------------------------------------------------------

    /** Makes the first message; a client's takes long, it generates keys. Any thread. */
    Callable<Boolean> start() {
        return () -> {
            ssl.beginHandshake();
            return true;
        };
    }

    /** What {@link TlsStep#TASK} asks for. Any thread; what goes wrong in it is told by the next wrap or unwrap. */
    Callable<Boolean> task() {
        return () -> {
            for (Runnable task; (task = ssl.getDelegatedTask()) != null; ) {
                task.run();
            }
            return true;
        };
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    /**
     * Reads every whole record that is there.
     *
     * @param ciphertext writable, because it is decrypted in place; its position moves behind the last whole record
     * @param plaintext room for a whole record, or {@link #NOTHING} while the handshake lasts
     * @return DONE never; else why it stopped
     * @throws SSLException it is not as it must be: FAILED; an alert may be there to be wrapped. What plaintext got is good
     */
    TlsStep unwrap(ByteBuffer ciphertext, ByteBuffer plaintext) throws SSLException {
        if (!state.canUnwrap()) {
            throw new IllegalStateException("cannot unwrap while " + state);
        }
        int start = plaintext.position();
        while (true) {
            if (mustDeliverFirst(ciphertext, plaintext.position() - start)) {
                return TlsStep.FULL;
            }
            int left = ciphertext.remaining();
            SSLEngineResult result;
            try {
                result = ssl.unwrap(ciphertext, plaintext);
            } catch (SSLException | RuntimeException broken) {
                throw failed(broken);
            }
            boolean moved = ciphertext.remaining() < left;
            if (noteOpened(result)) {
                return TlsStep.OPENED;
            }
            refuseRenegotiation(result);
            refuseIdleRecords(result);
            TlsStep stop = afterUnwrap(result, moved && ciphertext.hasRemaining());
            if (stop != TlsStep.DONE) {
                return stop;
            }
        }
    }

    /**
     * How long the next record is to be, which is more than its plaintext; 0 before that can be told. The engine wants room for all
     * of it as soon as it has seen the header. By default it takes no record above 16 KiB, but it does when
     * {@code SSLParameters.setMaximumPacketSize} says so.
     */
    static int announcedBytes(ByteBuffer ciphertext) {
        if (ciphertext.remaining() < HEADER_BYTES) {
            return 0;
        }
        return Short.toUnsignedInt(ciphertext.getShort(ciphertext.position() + LENGTH_OFFSET));
    }

    /** DONE to go on with the next record. */
    private TlsStep afterUnwrap(SSLEngineResult result, boolean more) throws SSLException {
        return switch (result.getStatus()) {
            case BUFFER_OVERFLOW -> TlsStep.FULL;
            case CLOSED -> inputClosed();
            case BUFFER_UNDERFLOW -> wanted(result.getHandshakeStatus(), TlsStep.STARVED);
            case OK -> wanted(result.getHandshakeStatus(), more ? TlsStep.DONE : TlsStep.STARVED);
        };
    }

    private static TlsStep wanted(HandshakeStatus status, TlsStep otherwise) {
        return switch (status) {
            case NEED_TASK -> TlsStep.TASK;
            case NEED_WRAP -> TlsStep.OUTPUT;
            default -> otherwise;
        };
    }

    /**
     * In TLS 1.2 the engine answers a close_notify with its own, and takes no more plaintext. So what came before it is
     * handed over before it is read: else the answer to "request, close_notify" could never be sent.
     */
    private boolean mustDeliverFirst(ByteBuffer ciphertext, int undelivered) {
        return legacy && undelivered > 0 && ciphertext.hasRemaining() && ciphertext.get(ciphertext.position()) == ALERT;
    }

    private boolean noteOpened(SSLEngineResult result) {
        HandshakeStatus status = result.getHandshakeStatus();
        if (state != TlsState.HANDSHAKING || status != HandshakeStatus.FINISHED) {
            return false;
        }
        state = state.to(TlsState.OPEN);
        SSLSession agreed = ssl.getSession();
        legacy = !"TLSv1.3".equals(agreed.getProtocol());
        String chosen = ssl.getApplicationProtocol();
        applicationProtocol = chosen == null ? "" : chosen;
        session = agreed;
        return true;
    }

    private void refuseRenegotiation(SSLEngineResult result) throws SSLException {
        if (!legacy || result.getStatus() != SSLEngineResult.Status.OK) {
            return;
        }
        HandshakeStatus status = result.getHandshakeStatus();
        boolean begun = status == HandshakeStatus.NEED_TASK
                || status == HandshakeStatus.NEED_UNWRAP
                || status == HandshakeStatus.NEED_WRAP && result.bytesProduced() == 0 && !ssl.isInboundDone();
        if (begun && state != TlsState.HANDSHAKING) {
            throw failed(new SSLHandshakeException("the peer asks for renegotiation, which is refused"));
        }
    }

    private void refuseIdleRecords(SSLEngineResult result) throws SSLException {
        if (state == TlsState.HANDSHAKING
                || result.getStatus() != SSLEngineResult.Status.OK
                || result.bytesConsumed() == 0) {
            return;
        }
        idleRecords = result.bytesProduced() > 0 ? 0 : idleRecords + 1;
        if (idleRecords > IDLE_RECORDS_MAX) {
            throw failed(new SSLProtocolException("the peer sends one record after the other without data: "
                    + idleRecords + " key updates or the like"));
        }
    }

    private TlsStep inputClosed() throws SSLException {
        if (state == TlsState.HANDSHAKING) {
            throw failed(new SSLHandshakeException("the peer has given the TLS handshake up"));
        }
        boolean both = legacy || state == TlsState.OUTPUT_ENDED;
        state = state.to(both ? TlsState.ENDED : TlsState.INPUT_ENDED);
        return TlsStep.ENDED;
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    /**
     * Writes records of all that there is, the engine's own messages first.
     *
     * @param plaintext its position moves by what was taken; {@link #NOTHING} only for the engine's own
     * @param ciphertext gets whole records only
     * @return DONE, FULL, TASK or OPENED; STARVED when the peer has to speak first; ENDED when plaintext is left and the engine
     *     takes no more
     * @throws SSLException the engine gave up: FAILED
     * @throws IllegalStateException plaintext in a state that takes none
     */
    TlsStep wrap(ByteBuffer plaintext, ByteBuffer ciphertext) throws SSLException {
        if (plaintext.hasRemaining() && !state.canWrapData()) {
            throw new IllegalStateException("cannot write while " + state);
        }
        while (true) {
            SSLEngineResult result;
            try {
                result = ssl.wrap(plaintext, ciphertext);
            } catch (SSLException | RuntimeException broken) {
                throw failed(broken);
            }
            if (result.bytesConsumed() > 0) {
                idleRecords = 0;
            }
            if (noteOpened(result)) {
                return TlsStep.OPENED;
            }
            switch (result.getStatus()) {
                case BUFFER_OVERFLOW -> {
                    return TlsStep.FULL;
                }
                case CLOSED -> {
                    noteOutputEnded();
                    return plaintext.hasRemaining() ? TlsStep.ENDED : TlsStep.DONE;
                }
                case BUFFER_UNDERFLOW -> {
                    return TlsStep.DONE;
                }
                case OK -> {}
            }
            switch (result.getHandshakeStatus()) {
                case NEED_TASK -> {
                    return TlsStep.TASK;
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    if (state == TlsState.HANDSHAKING || !plaintext.hasRemaining()) {
                        return TlsStep.STARVED;
                    }
                }
                case NEED_WRAP -> {}
                case NOT_HANDSHAKING, FINISHED -> {
                    if (!plaintext.hasRemaining()) {
                        return TlsStep.DONE;
                    }
                }
            }
            if (result.bytesProduced() == 0 && result.bytesConsumed() == 0) {
                return TlsStep.STARVED; // says that it wants to, and does not
            }
        }
    }

    /**
     * The engine may have answered the peer's close_notify by itself, in TLS 1.3 with {@code jdk.tls.acknowledgeCloseNotify}: then
     * that was the last record.
     */
    private void noteOutputEnded() {
        if (state.canWrapData()) {
            state = state.to(TlsState.ENDED);
        }
    }

    /** Ends the own direction: a close_notify is there to be wrapped. */
    void closeOutput() {
        if (!state.canWrapData()) {
            throw new IllegalStateException("cannot end the output while " + state);
        }
        ssl.closeOutbound();
        state = state.to(state == TlsState.INPUT_ENDED ? TlsState.ENDED : TlsState.OUTPUT_ENDED);
    }

    /** Whether the peer has said that nothing more comes; if the bytes end without it, somebody has cut them off. */
    boolean isInputEnded() {
        return state == TlsState.INPUT_ENDED || state == TlsState.ENDED;
    }

    private SSLException failed(Exception why) {
        if (state.allows(TlsState.FAILED)) {
            state = state.to(TlsState.FAILED);
        }
        if (why instanceof SSLException known) {
            return known;
        }
        return new SSLException("the TLS engine failed: " + why, why);
    }

    @Override
    public String toString() {
        SSLSession agreed = session;
        return agreed == null ? state.toString() : agreed.getProtocol() + " " + state;
    }
}
