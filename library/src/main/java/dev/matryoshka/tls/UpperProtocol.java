package dev.matryoshka.tls;

import dev.matryoshka.engine.Reporter;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import org.jspecify.annotations.Nullable;

/** The protocol above, and what it was told of its connection's life: each once, in order. Loop thread only. */
final class UpperProtocol {
    private final Reporter reporter;
    private BaseProtocol protocol;

    /** connectionMade was called, by us or, before startTls, by a plain transport; so connectionLost is due. */
    private boolean made;

    private boolean eofTold;

    /** A plain transport has asked it to pause writing, before startTls; to resume it is up to us. */
    private final boolean pausedBefore;

    private UpperProtocol(Reporter reporter, BaseProtocol protocol, boolean made, boolean pausedBefore) {
        this.reporter = reporter;
        this.protocol = protocol;
        this.made = made;
        this.pausedBefore = pausedBefore;
    }

    /** One that has heard nothing yet. */
    static UpperProtocol fresh(Reporter reporter, BaseProtocol protocol) {
        return new UpperProtocol(reporter, protocol, false, false);
    }

    /** One that goes on above TLS, on a connection that it knows, or takes over from another on it. */
    static UpperProtocol of(Reporter reporter, BaseProtocol protocol, Transport plain) {
        return new UpperProtocol(reporter, protocol, true, plain.protocol() == protocol && plain.isWritingPaused());
    }

    boolean wasPausedBefore() {
        return pausedBefore;
    }

    BaseProtocol get() {
        return protocol;
    }

    void set(BaseProtocol newProtocol) {
        protocol = newProtocol;
    }

    boolean isMade() {
        return made;
    }

    boolean isEofTold() {
        return eofTold;
    }

    void tellMade(TlsTransport transport) {
        made = true;
        try {
            protocol.connectionMade(transport);
        } catch (Throwable escaped) {
            report("Exception in callback connectionMade()", escaped, transport);
        }
    }

    /** Whether it wants to write on; what escapes is the caller's. */
    boolean tellEof() {
        eofTold = true;
        if (protocol instanceof BufferedProtocol buffered) {
            return buffered.eofReceived();
        }
        return ((Protocol) protocol).eofReceived();
    }

    /** Nothing for a protocol that never heard of the connection. */
    void tellLost(@Nullable Throwable why, TlsTransport transport) {
        if (made) {
            made = false;
            try {
                protocol.connectionLost(why);
            } catch (Throwable escaped) {
                report("Exception in callback connectionLost()", escaped, transport);
            }
        }
    }

    void report(String message, Throwable exception, TlsTransport transport) {
        reporter.report(ExceptionContext.of(message, exception)
                .with("transport", transport)
                .with("protocol", protocol));
    }
}
