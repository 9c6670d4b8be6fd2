package dev.matryoshka.tls;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What has been agreed with the peer, whatever the transport below does.
 *
 * <pre>
 *   HANDSHAKING ──▶ OPEN ──▶ INPUT_ENDED ───▶ ENDED
 *        │            ├────▶ OUTPUT_ENDED ────▶┤
 *        │            └───────────────────────▶┘     TLS 1.2: the peer's close_notify ends both directions; in
 *        │                                           1.3, too, if the engine answers it by itself
 *        └──▶ FAILED ◀── from every state but ENDED
 *
 *   INPUT_ENDED    the peer's close_notify has come; TLS 1.3 lets us write on
 *   OUTPUT_ENDED   ours is made; nothing more can be written
 *   FAILED         a record, a certificate or a message was not as it must be; at most an alert is still to be sent
 * </pre>
 */
enum TlsState {
    HANDSHAKING,
    OPEN,
    INPUT_ENDED,
    OUTPUT_ENDED,
    ENDED,
    FAILED;

    private static final Map<TlsState, Set<TlsState>> LEGAL = Map.of(
            HANDSHAKING, EnumSet.of(OPEN, FAILED),
            OPEN, EnumSet.of(INPUT_ENDED, OUTPUT_ENDED, ENDED, FAILED),
            INPUT_ENDED, EnumSet.of(ENDED, FAILED),
            OUTPUT_ENDED, EnumSet.of(ENDED, FAILED),
            ENDED, EnumSet.noneOf(TlsState.class),
            FAILED, EnumSet.noneOf(TlsState.class));

    /** Whether records of the peer can be read. */
    boolean canUnwrap() {
        return this == HANDSHAKING || this == OPEN || this == OUTPUT_ENDED;
    }

    /** Whether plaintext can be written. */
    boolean canWrapData() {
        return this == OPEN || this == INPUT_ENDED;
    }

    boolean allows(TlsState next) {
        Set<TlsState> allowed = LEGAL.get(this);
        return allowed != null && allowed.contains(next);
    }

    /** The next state, if the table allows it. */
    TlsState to(TlsState next) {
        if (!allows(next)) {
            throw new IllegalStateException("TLS does not go from " + this + " to " + next);
        }
        return next;
    }
}
