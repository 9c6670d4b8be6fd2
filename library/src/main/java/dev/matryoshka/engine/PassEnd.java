package dev.matryoshka.engine;

/**
 * Who has something to do when the callbacks and the tasks of a pass have run: writes to gather, memory to give back. Loop
 * thread only.
 *
 * <p>What these ask for in their turn comes in the same pass: a layer's write ends in the transport below it, and must not wait
 * for another poll. But only a few times over: a transport that always has more to write would hold the pass.
 *
 * <p>At most {@value #WAITING_MAX} wait; of more, as in a broadcast to thousands, the oldest are called at once. Each of them
 * may hold a chunk, and what they wait for, another write of the same pass, has mostly come by then.
 */
final class PassEnd {
    /** TLS over TLS over a socket, and one more. */
    private static final int ROUNDS_MAX = 4;

    private static final int WAITING_MAX = 64;

    private final Reporter reporter;
    private final ReadyQueue<PassEndListener> waiting = new ReadyQueue<>();

    /** A listener is being called, which may make others wait. */
    private boolean calling;

    PassEnd(Reporter reporter) {
        this.reporter = reporter;
    }

    void add(PassEndListener listener) {
        waiting.add(listener);
        if (waiting.size() > WAITING_MAX && !calling) {
            callOldest();
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Calls those that wait, and those that these make wait, a few times over; what is left waits for the next pass. */
    void callAll() {
        for (int round = 0; round < ROUNDS_MAX && !waiting.isEmpty(); round++) {
            for (int count = waiting.size(); count > 0; count--) {
                callOldest();
            }
        }
    }

    private void callOldest() {
        PassEndListener listener = waiting.poll();
        if (listener == null) {
            return;
        }
        boolean nested = calling;
        calling = true;
        try {
            listener.onPassEnd();
        } catch (Throwable escaped) {
            reporter.report("Exception while flushing writes", escaped, "handle", listener);
        } finally {
            calling = nested;
        }
    }
}
