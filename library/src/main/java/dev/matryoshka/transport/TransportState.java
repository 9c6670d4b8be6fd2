package dev.matryoshka.transport;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * The life of a stream transport. Reading and writing have states of their own within OPEN.
 *
 * <pre>
 *   NEW ──▶ OPEN ──▶ FLUSHING ──▶ ENDING ──▶ ENDED
 *    │        └─────────────────────▲
 *    └──────────────────────────────┘
 *
 *   NEW       connectionMade is scheduled
 *   OPEN      connectionMade was called
 *   FLUSHING  close() was called with bytes in the buffer: no reading, no more writing, the buffer drains
 *   ENDING    connectionLost is scheduled; nothing is sent or received any more
 *   ENDED     connectionLost was called, the socket is gone
 * </pre>
 */
enum TransportState {
    NEW,
    OPEN,
    FLUSHING,
    ENDING,
    ENDED;

    private static final Map<TransportState, Set<TransportState>> LEGAL = Map.of(
            NEW, EnumSet.of(OPEN, ENDING),
            OPEN, EnumSet.of(FLUSHING, ENDING),
            FLUSHING, EnumSet.of(ENDING),
            ENDING, EnumSet.of(ENDED),
            ENDED, EnumSet.noneOf(TransportState.class));

    /** Whether close, abort or a loss has begun the end. */
    boolean isClosing() {
        return this != NEW && this != OPEN;
    }

    /** Whether the connection is given up: nothing can be sent. */
    boolean isOver() {
        return this == ENDING || this == ENDED;
    }

    boolean allows(TransportState next) {
        Set<TransportState> allowed = LEGAL.get(this);
        return allowed != null && allowed.contains(next);
    }

    /** The next state, if the table allows it. */
    TransportState to(TransportState next) {
        if (!allows(next)) {
            throw new IllegalStateException("a transport does not go from " + this + " to " + next);
        }
        return next;
    }
}
