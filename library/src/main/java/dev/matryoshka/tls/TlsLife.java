package dev.matryoshka.tls;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The life of a {@link TlsTransport}, as {@link TlsState} is that of the agreement with the peer.
 *
 * <pre>
 *   HANDSHAKE ──▶ OPEN ──▶ FLUSHING ──▶ GOODBYE ──▶ ENDING ──▶ OVER
 *       │           └──────────│───────────────────▶▲            ▲  from every state when
 *       └──────────────────────┴───────────────────▶┘            └─ the transport below is lost
 *
 *   HANDSHAKE  nobody above has heard of it, except through startTls
 *   OPEN       connectionMade was called
 *   FLUSHING   close() was called: what is queued goes out
 *   GOODBYE    our close_notify is on its way; the peer's is awaited, and what else it sends dropped
 *   ENDING     the transport below is closing
 *   OVER       connectionLost was called
 * </pre>
 */
enum TlsLife {
    HANDSHAKE,
    OPEN,
    FLUSHING,
    GOODBYE,
    ENDING,
    OVER;

    private static final Map<TlsLife, Set<TlsLife>> LEGAL = Map.of(
            HANDSHAKE, EnumSet.of(OPEN, ENDING, OVER),
            OPEN, EnumSet.of(FLUSHING, ENDING, OVER),
            FLUSHING, EnumSet.of(GOODBYE, ENDING, OVER),
            GOODBYE, EnumSet.of(ENDING, OVER),
            ENDING, EnumSet.of(OVER),
            OVER, EnumSet.noneOf(TlsLife.class));

    /** Whether close, abort or a failure has begun the end. */
    boolean isClosing() {
        return this != HANDSHAKE && this != OPEN;
    }

    /** Whether nothing can be sent any more. */
    boolean isOver() {
        return this == ENDING || this == OVER;
    }

    boolean allows(TlsLife next) {
        Set<TlsLife> allowed = LEGAL.get(this);
        return allowed != null && allowed.contains(next);
    }

    /** The next state, if the table allows it. */
    TlsLife to(TlsLife next) {
        if (!allows(next)) {
            throw new IllegalStateException("a TLS transport does not go from " + this + " to " + next);
        }
        return next;
    }
}
