package dev.matryoshka.engine;

/**
 * How far a loop is on its way out.
 *
 * <pre>
 *   OPEN ──▶ ENDING     tasks are cancelled, and may still work in order to end; one from outside comes too late, and is cancelled
 *              └──▶ LAST     a task that is made now does not start; jobs are waited for, then nothing comes in from outside any
 *                    │       more, connections are aborted and the last callbacks run
 *                    └──▶ CLOSED     whatever schedules throws
 * </pre>
 */
enum LoopPhase {
    OPEN,
    ENDING,
    LAST,
    CLOSED;

    boolean isAtLeast(LoopPhase other) {
        return compareTo(other) >= 0;
    }
}
