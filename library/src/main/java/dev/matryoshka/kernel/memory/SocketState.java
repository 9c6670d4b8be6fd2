package dev.matryoshka.kernel.memory;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The life of a stream socket. Whether it has an address is another matter: bind changes no state.
 *
 * <pre>
 *   FRESH ──▶ LISTENING ─────────────▶ CLOSED
 *    │ ▲                                ▲ ▲ ▲
 *    ▼ │                                │ │ │
 *   CONNECTING ──▶ CONNECTED ───────────┘ │ │
 *    └────────────────────────────────────┘ └── from FRESH
 *
 *   FRESH       opened; or a connect has failed and was told so: another may be tried
 *   LISTENING   has an accept queue
 *   CONNECTING  a connect has begun and finishConnect has not told its end yet
 *   CONNECTED   has an endpoint; broken or ended ones too
 *   CLOSED      every call throws ClosedChannelException
 * </pre>
 */
enum SocketState {
    FRESH,
    LISTENING,
    CONNECTING,
    CONNECTED,
    CLOSED;

    private static final Map<SocketState, Set<SocketState>> LEGAL = Map.of(
            FRESH, EnumSet.of(LISTENING, CONNECTING, CONNECTED, CLOSED),
            LISTENING, EnumSet.of(CLOSED),
            CONNECTING, EnumSet.of(FRESH, CONNECTED, CLOSED),
            CONNECTED, EnumSet.of(CLOSED),
            CLOSED, EnumSet.noneOf(SocketState.class));

    boolean allows(SocketState next) {
        Set<SocketState> allowed = LEGAL.get(this);
        return allowed != null && allowed.contains(next);
    }

    /** The next state, if the table allows it. */
    SocketState to(SocketState next) {
        if (!allows(next)) {
            throw new IllegalStateException("a socket does not go from " + this + " to " + next);
        }
        return next;
    }
}
