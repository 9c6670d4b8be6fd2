package dev.matryoshka.socket;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Where a socket is in its life.
 *
 * <pre>
 *   OPEN ──▶ LISTENING     listen
 *     ├────▶ CONNECTING ─▶ CONNECTED   connect; accept gives sockets that begin here
 *     │          └───────▶ BROKEN      the connect failed: good for nothing but close
 *     └────▶ CONNECTED, BROKEN         a connect that is answered at once
 *
 *   each ──▶ CLOSED     close, or the loop's end
 *   OPEN, LISTENING, CONNECTED ──▶ DETACHED     handed over to a transport
 * </pre>
 */
enum SocketState {
    OPEN("fresh"),
    LISTENING("listening"),
    CONNECTING("connecting"),
    CONNECTED("connected"),
    BROKEN("broken"),
    CLOSED("closed"),
    DETACHED("handed over to a transport");

    private static final Map<SocketState, Set<SocketState>> LEGAL = Map.of(
            OPEN, EnumSet.of(LISTENING, CONNECTING, CONNECTED, BROKEN, CLOSED, DETACHED),
            LISTENING, EnumSet.of(CLOSED, DETACHED),
            CONNECTING, EnumSet.of(CONNECTED, BROKEN, CLOSED),
            CONNECTED, EnumSet.of(CLOSED, DETACHED),
            BROKEN, EnumSet.of(CLOSED),
            CLOSED, EnumSet.noneOf(SocketState.class),
            DETACHED, EnumSet.noneOf(SocketState.class));

    /** For messages. */
    final String words;

    SocketState(String words) {
        this.words = words;
    }

    boolean isOver() {
        return this == CLOSED || this == DETACHED;
    }

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
