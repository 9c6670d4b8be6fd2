package dev.matryoshka.engine;

import dev.matryoshka.kernel.Clock;
import dev.matryoshka.loop.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The mail of one pass: what lay in the inbox when it began, run one by one; a task that was unparked goes to the carrier on
 * the way. Loop thread only.
 *
 * <p>Callbacks run from where they lie. To move them into the ready queue first costs a reference store each, and such a store marks
 * a card of the heap: one byte, on a line with those of 32 KiB around it, where posters mark theirs (docs/design/0019-inbox.md).
 * Those that have to be moved stay in their places all the same, where their handles look; what moves is another such handle.
 */
final class MailTurn extends Isolated {
    private final Inbox inbox;
    private final ReadyQueue<Handle> ready;
    private final Carrier carrier;
    private final Reporter reporter;
    private final Clock clock;
    private int found;
    private int left;

    /** From the moment in which the door is shut: who posted too late takes its callback back, and must know at once. */
    private boolean contested;

    @SuppressWarnings("unused") // see Isolated
    private long a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15;

    MailTurn(Inbox inbox, ReadyQueue<Handle> ready, Carrier carrier, Reporter reporter, Clock clock) {
        this.inbox = inbox;
        this.ready = ready;
        this.carrier = carrier;
        this.reporter = reporter;
        this.clock = clock;
    }

    /** What is posted from now on waits for the next pass. */
    void begin() {
        if (contested) {
            moveAll();
        }
        found = left = contested ? 0 : inbox.size();
    }

    /**
     * Runs the callbacks of this pass.
     *
     * @return how many
     */
    int run() {
        int count = 0;
        while (left > 0) {
            left--;
            Object mail = inbox.poll();
            if (mail == null) {
                left = 0; // claimed, but not there yet; the loop will not sleep on it
            } else if (mail instanceof ThreadMail thread) {
                carrier.addRunnable(thread.continuation());
            } else if (mail != MailHandle.CANCELLED) {
                run((Runnable) mail, inbox.places, inbox.next - 1);
                count++;
            }
        }
        return count;
    }

    /** Runs one that was moved, unless it was cancelled; that is exact, whoever cancels. */
    void run(MailHandle moved) {
        Runnable body = moved.take();
        if (body != null) {
            run(body, moved.places, moved.place);
        }
    }

    /** With where it lay: a handle is made only when something is to be told. */
    private void run(Runnable body, @Nullable Object[] places, int place) {
        long began = reporter.callbackBegins(clock);
        try {
            body.run();
        } catch (Throwable escaped) {
            MailHandle told = new MailHandle(places, place, body);
            reporter.report("Exception in callback", escaped, "handle", told);
            told.forget();
        }
        if (began != Reporter.UNTIMED) {
            reporter.callbackEnded(clock, began, new MailHandle(places, place, body));
        }
    }

    /**
     * Everything moves to where it waits for the next pass: when the loop's own thread goes on while a callback is parked, and when
     * the loop ends. The parked one ends its turn then, so that nothing overtakes.
     */
    void moveAll() {
        left = 0;
        for (Object mail; (mail = inbox.peek()) != null; ) {
            if (mail instanceof ThreadMail thread) {
                inbox.poll();
                carrier.addRunnable(thread.continuation());
            } else {
                ready.add(inbox.pass());
            }
        }
    }

    /** The same, until nothing is under way any more; and what comes from now on moves before it runs. */
    void moveLast() {
        contested = true;
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
