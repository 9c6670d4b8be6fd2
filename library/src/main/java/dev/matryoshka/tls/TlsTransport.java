package dev.matryoshka.tls;

import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ForwardingTransport;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.WaterMarks;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * A transport that encrypts what is written, and decrypts what is received, on the transport below it (asyncio's
 * {@code _SSLProtocolTransport}). All that {@link Transport} says holds; loop thread only. What differs:
 *
 * <ul>
 *   <li>{@code connectionMade} comes when the handshake is complete. When that fails, the protocol hears nothing at all: who
 *       connects gets the exception, a server notes it in a DEBUG log record.
 *   <li>Water marks are asyncio's for TLS, {@link #MARKS}, unless marks were chosen. {@link #writeBufferSize()} counts plaintext
 *       that waits here and ciphertext that waits below.
 *   <li>{@code pauseReading} stops the ciphertext too: besides what one receive had brought (256 KiB at most) nothing is kept.
 *   <li>{@code close} sends what was written, then a close_notify, and waits for the peer's, for
 *       {@link TlsOptions#shutdownTimeout()} at most. When that is over and bytes are still unsent, {@code connectionLost} gets an
 *       SSLException; a peer that only does not answer is no failure.
 *   <li>The end of the input is the peer's close_notify. A connection that ends without it is {@link TlsTruncatedException},
 *       after all data, unless {@link TlsOptions#truncationAllowed()}.
 *   <li>TLS 1.3 can end one direction alone: {@code writeEof} sends a close_notify, and {@code eofReceived} may answer true. In TLS
 *       1.2 one close_notify ends both (RFC 5246, section 7.2.1): {@code canWriteEof} is false, the answer is not heard, and what
 *       could not be sent before is dropped. With {@code -Djdk.tls.acknowledgeCloseNotify=true} the peer's ends both in 1.3, too.
 * </ul>
 */
public final class TlsTransport extends ForwardingTransport {
    /** asyncio's marks for TLS: 512 KiB and 128 KiB. */
    public static final WaterMarks MARKS = WaterMarks.high(512 * 1024);

    private final TlsConnection connection;

    TlsTransport(TlsConnection connection, Transport lower) {
        super(lower);
        this.connection = connection;
    }

    // ---- the transport's calls ------------------------------------------------------------------------------------

    @Override
    public void write(ByteBuffer data) {
        check();
        connection.output().write(data);
    }

    @Override
    public void write(byte[] data) {
        write(ByteBuffer.wrap(data));
    }

    @Override
    public void writeLines(List<ByteBuffer> pieces) {
        check();
        connection.output().writeLines(pieces);
    }

    /**
     * Sends a close_notify behind what is buffered; TLS 1.3 only.
     *
     * @throws UnsupportedOperationException TLS 1.2, or the handshake is not complete: see {@link #canWriteEof()}
     */
    @Override
    public void writeEof() {
        check();
        if (isClosing()) {
            return;
        }
        if (!canWriteEof()) {
            throw new UnsupportedOperationException(
                    "before TLS 1.3 one direction cannot be ended alone, close() ends both: " + this);
        }
        connection.output().end();
    }

    /** Whether TLS 1.3 was agreed on. Any thread. */
    @Override
    public boolean canWriteEof() {
        return connection.core().canHalfClose();
    }

    @Override
    public boolean isClosing() {
        check();
        return connection.isClosing();
    }

    @Override
    public void pauseReading() {
        check();
        if (!connection.isClosing()) {
            connection.input().pause();
        }
    }

    @Override
    public void resumeReading() {
        check();
        if (!connection.isClosing()) {
            connection.input().resume();
        }
    }

    @Override
    public boolean isReading() {
        check();
        return connection.isReading();
    }

    @Override
    protected boolean isInputEnded() {
        check();
        return connection.upper().isEofTold();
    }

    @Override
    public void setWriteBufferLimits(WaterMarks marks) {
        check();
        connection.output().setMarks(Objects.requireNonNull(marks, "marks"));
    }

    @Override
    public WaterMarks writeBufferLimits() {
        check();
        return connection.output().marks();
    }

    @Override
    public boolean isWritingPaused() {
        check();
        return connection.output().isWritingPaused();
    }

    @Override
    public int writeBufferSize() {
        check();
        return connection.output().size();
    }

    /** Ciphertext that has come and is not decrypted: more than the piece of a record only while reading is paused. */
    public int readBufferSize() {
        check();
        return connection.input().size();
    }

    @Override
    public long droppedBytes() {
        check();
        return connection.output().bytesDropped();
    }

    @Override
    public void setProtocol(BaseProtocol newProtocol) {
        check();
        connection.upper().set(Objects.requireNonNull(newProtocol, "protocol"));
    }

    @Override
    public BaseProtocol protocol() {
        return connection.protocol();
    }

    @Override
    public void close() {
        check();
        connection.close();
    }

    @Override
    public void abort() {
        check();
        connection.abort();
    }

    /** For tests: what this stands on. */
    Transport below() {
        return lower();
    }

    private void check() {
        connection.engine().checkLoopThread();
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    /** What was agreed on: protocol, cipher suite, certificates; still answered after the end. */
    public SSLSession session() {
        return connection.core().session();
    }

    /** The application protocol that both sides chose (ALPN), or empty when none was. */
    public String applicationProtocol() {
        return connection.core().applicationProtocol();
    }

    /** The peer's certificate and those that it is signed with, its own first; empty when it has shown none. */
    public List<X509Certificate> peerCertificates() {
        List<X509Certificate> chain = new ArrayList<>();
        try {
            for (Certificate certificate : session().getPeerCertificates()) {
                if (certificate instanceof X509Certificate x509) {
                    chain.add(x509);
                }
            }
        } catch (SSLPeerUnverifiedException none) {
            return List.of();
        }
        return List.copyOf(chain);
    }

    @Override
    public String toString() {
        return "TlsTransport[" + connection + "]";
    }
}
