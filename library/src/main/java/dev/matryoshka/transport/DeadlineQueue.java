package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.TimerHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Many connections that are each looked at after the same time: one timer for all. Loop thread only.
 *
 * <p>Since the time is the same for each, the queue is in the order of the deadlines by itself: a connection enters at the tail
 * and is due at the head; in, out and away are O(1). A timer per connection would cost an object and a place in the heap for
 * each, and a sift per look.
 */
final class DeadlineQueue {
    /** The place of one connection; made once, used again at each look. */
    static final class Entry {
        final SocketTransport client;

        /** What had moved at the last look, and since when nothing more was seen; for whoever looks. */
        long bytesSeen;

        long quietSince;

        private long due;
        private boolean queued;
        private @Nullable Entry previous;
        private @Nullable Entry next;

        Entry(SocketTransport client) {
            this.client = client;
        }
    }

    private final LoopEngine engine;
    private final long periodNanos;
    private final Consumer<Entry> onDue;
    private @Nullable Entry head;
    private @Nullable Entry tail;
    private @Nullable TimerHandle timer;

    /** @param onDue called with each entry when its time has come; it is out of the queue then and may be added again */
    DeadlineQueue(LoopEngine engine, long periodNanos, Consumer<Entry> onDue) {
        this.engine = engine;
        this.periodNanos = periodNanos;
        this.onDue = onDue;
    }

    /** @param now the loop's time */
    void add(Entry entry, long now) {
        entry.due = now + periodNanos;
        entry.queued = true;
        entry.previous = tail;
        if (tail == null) {
            head = entry;
        } else {
            tail.next = entry;
        }
        tail = entry;
        arm();
    }

    /** Idempotent. */
    void remove(Entry entry) {
        if (!entry.queued) {
            return;
        }
        unlink(entry);
        if (head == null && timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private void unlink(Entry entry) {
        Entry before = entry.previous;
        Entry after = entry.next;
        if (before == null) {
            head = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            tail = before;
        } else {
            after.previous = before;
        }
        entry.previous = null;
        entry.next = null;
        entry.queued = false;
    }

    /** The timer is never moved: when its entry has left meanwhile it fires for nothing, and is set for the new head. */
    private void arm() {
        Entry first = head;
        if (timer == null && first != null) {
            timer = engine.callAt(first.due, this::fire);
        }
    }

    private void fire() {
        timer = null;
        long now = engine.time();
        for (Entry first = head; first != null && first.due - now <= 0; first = head) {
            unlink(first);
            onDue.accept(first);
        }
        arm();
    }
}
