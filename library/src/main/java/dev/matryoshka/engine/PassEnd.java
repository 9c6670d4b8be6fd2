package dev.matryoshka.engine;

/**
 * Who has something to do when the callbacks and the tasks of a pass have run: writes to gather, memory to give back. Loop
 * thread only.
 *
 * <p>What these ask for in their turn comes in the same pass: a layer's write ends in the transport below it, and must not wait
 * for another poll. But only a few times over: a transport that always has more to write would hold the pass.
 */
final class PassEnd {
    /** TLS over TLS over a socket, and one more. */
    private static final int ROUNDS_MAX = 4;

    private final ReadyQueue<PassEndListener> listeners = new ReadyQueue<>();

    void add(PassEndListener listener) {
        listeners.add(listener);
    }

    boolean isEmpty() {
        return listeners.isEmpty();
    }

    void run(Reporter reporter) {
        for (int round = 0; round < ROUNDS_MAX && !listeners.isEmpty(); round++) {
            for (int count = listeners.size(); count > 0; count--) {
                PassEndListener next = listeners.poll();
                if (next != null) {
                    call(next, reporter);
                }
            }
        }
    }

    private static void call(PassEndListener listener, Reporter reporter) {
        try {
            listener.onPassEnd();
        } catch (Throwable escaped) {
            reporter.report("Exception while flushing writes", escaped, "handle", listener);
        }
    }
}
