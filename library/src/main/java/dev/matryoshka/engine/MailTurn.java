package dev.matryoshka.engine;

import org.jspecify.annotations.Nullable;

/**
 * The mail of one pass: what lay in the inbox when it began, handed out one by one; a task that was unparked goes to the carrier on
 * the way. Loop thread only.
 *
 * <p>Callbacks run from where they lie. To move them into the ready queue first costs a reference store each, and such a store marks
 * a card of the heap: one byte, on a line with those of 32 KiB around it, where posters mark theirs (docs/design/0019-inbox.md).
 */
final class MailTurn extends Isolated {
    private final Inbox inbox;
    private final ReadyQueue<Callback> ready;
    private final Carrier carrier;
    private int found;
    private int left;

    @SuppressWarnings("unused") // see Isolated
    private long a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15;

    MailTurn(Inbox inbox, ReadyQueue<Callback> ready, Carrier carrier) {
        this.inbox = inbox;
        this.ready = ready;
        this.carrier = carrier;
    }

    /** What is posted from now on waits for the next pass. */
    void begin() {
        found = left = inbox.size();
    }

    /** The next callback of this pass, or null. */
    @Nullable
    Callback next() {
        while (left > 0) {
            left--;
            Object mail = inbox.poll();
            if (mail instanceof Callback callback) {
                return callback;
            }
            if (mail == null) {
                left = 0; // claimed, but not there yet; the loop will not sleep on it
            } else {
                carrier.addRunnable((Runnable) mail);
            }
        }
        return null;
    }

    /**
     * Everything moves to where it waits for the next pass: when the loop's own thread goes on while a callback is parked, and when
     * the loop ends. The parked one ends its turn then, so that nothing overtakes.
     */
    void moveAll() {
        left = 0;
        for (Object mail; (mail = inbox.poll()) != null; ) {
            if (mail instanceof Callback callback) {
                ready.add(callback);
            } else {
                carrier.addRunnable((Runnable) mail);
            }
        }
    }

    /** The same, until nothing is under way any more. */
    void moveLast() {
        while (!inbox.isEmpty()) {
            moveAll();
            Thread.yield();
        }
    }

    /**
     * Whether the last turn had several pieces: where they come that fast there will be more at once, and a sleep would cost their
     * poster a system call, and the loop two.
     */
    boolean isBusy() {
        return found > 1;
    }
}
