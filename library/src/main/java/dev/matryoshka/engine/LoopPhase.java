package dev.matryoshka.engine;

/**
 * How far a loop is on its way out.
 *
 * <pre>
 *   OPEN ──▶ SHUT     nothing comes in from outside any more; tasks are cancelled, and may still work in order to end
 *     └──────┴──▶ LAST     connections are aborted, the last callbacks run; a task that is made now does not start
 *                   └──▶ CLOSED     whatever schedules throws
 * </pre>
 */
enum LoopPhase {
    OPEN,
    SHUT,
    LAST,
    CLOSED;

    boolean isAtLeast(LoopPhase other) {
        return compareTo(other) >= 0;
    }
}
