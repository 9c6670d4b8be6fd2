package dev.matryoshka.process;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Where a child is in its life, as its transport knows it.
 *
 * <pre>
 *   STARTED ──▶ RUNNING ──▶ EXITED ──▶ OVER      connectionMade, processExited, connectionLost
 *                  └────────────────────▲        the loop was closed, and the child did not die of SIGKILL in time
 * </pre>
 */
enum ChildState {
    STARTED,
    RUNNING,
    EXITED,
    OVER;

    private static final Map<ChildState, Set<ChildState>> LEGAL = Map.of(
            STARTED, EnumSet.of(RUNNING),
            RUNNING, EnumSet.of(EXITED, OVER),
            EXITED, EnumSet.of(OVER),
            OVER, EnumSet.noneOf(ChildState.class));

    /** The next state, if the table allows it. */
    ChildState to(ChildState next) {
        Set<ChildState> allowed = LEGAL.get(this);
        if (allowed == null || !allowed.contains(next)) {
            throw new IllegalStateException("a child does not go from " + this + " to " + next);
        }
        return next;
    }
}
