package dev.matryoshka.kernel.memory;

import static dev.matryoshka.kernel.Readiness.READABLE;

import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a listener keeps: connections that nobody has accepted yet, and clients for whom there was no room. Guarded by the
 * network's lock.
 *
 * <p>The queue holds one more than the backlog, as Linux's does (sk_acceptq_is_full asks for "more than"). A TCP client that
 * finds it full waits: Linux drops its SYN, and it tries again after 1, 3, 7 seconds; here it is let in as soon as there is
 * room, in the order of arrival.
 */
final class AcceptQueue {
    /** net.core.somaxconn, since Linux 5.4. */
    static final int BACKLOG_MAX = 4096;

    private final Signal listener;
    private final ArrayDeque<Endpoint> complete = new ArrayDeque<>();
    private final Set<Attempt> waiting = new LinkedHashSet<>();
    private int backlog;

    AcceptQueue(Signal listener, int backlog) {
        this.listener = listener;
        resize(backlog);
    }

    /** listen(2) may be called again for another backlog. */
    void resize(int wanted) {
        backlog = Math.clamp(wanted, 1, BACKLOG_MAX);
        admitWaiting();
    }

    boolean isFull() {
        return complete.size() > backlog;
    }

    boolean hasConnection() {
        return !complete.isEmpty();
    }

    /** A connection is made; the listener's own end waits here. */
    void add(Endpoint end) {
        complete.add(end);
        listener.raise(READABLE);
    }

    /** A client waits for room. */
    void addWaiting(Attempt client) {
        waiting.add(client);
    }

    /** It has given up. */
    void removeWaiting(Attempt client) {
        waiting.remove(client);
    }

    /** The oldest connection, or null. */
    @Nullable
    Endpoint poll() {
        Endpoint oldest = complete.poll();
        admitWaiting();
        return oldest;
    }

    private void admitWaiting() {
        while (!isFull() && !waiting.isEmpty()) {
            Attempt client = waiting.iterator().next();
            waiting.remove(client);
            client.enter(this);
        }
    }

    /** The listener is closed: what was never accepted is reset, who waits is refused. */
    void close() {
        for (Endpoint end : complete) {
            end.drop();
        }
        complete.clear();
        for (Attempt client : waiting) {
            client.refuse();
        }
        waiting.clear();
    }
}
