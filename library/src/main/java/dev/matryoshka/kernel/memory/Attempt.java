package dev.matryoshka.kernel.memory;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One connect on its way: it stands, or it fails, or it waits for room in a listener's queue. Guarded by the network's lock.
 *
 * <p>What becomes of it is often known at once; the client's next poll tells it, as on a real network.
 */
final class Attempt {
    private final SocketCore client;
    private final SocketAddress target;

    /** Whose queue has taken it in, or is waited for; null when nobody has heard of it. */
    private @Nullable SocketCore listener;

    private @Nullable NetworkError failure;

    Attempt(SocketCore client, SocketAddress target) {
        this.client = client;
        this.target = target;
    }

    SocketAddress target() {
        return target;
    }

    /** @param found who listens at the target; null for nobody */
    void meet(@Nullable SocketCore found) {
        AcceptQueue queue = found == null ? null : found.queue();
        if (queue == null) {
            refuse();
            return;
        }
        listener = found;
        if (queue.isFull()) {
            queue.addWaiting(this);
        } else {
            enter(queue);
        }
    }

    /** The listener has room. */
    void enter(AcceptQueue queue) {
        SocketCore accepting = listener;
        if (accepting != null) {
            Endpoint near = client.established(target, accepting.options().copy());
            queue.add(near.peer());
            client.signal().raise(WRITABLE);
        }
    }

    /** Nobody listens there, or no longer. */
    void refuse() {
        failure = NetworkError.ECONNREFUSED;
        client.signal().raise(READABLE | WRITABLE | HANGUP | ERROR);
    }

    /** The client is closed: whoever waits for room no longer does. */
    void giveUp() {
        AcceptQueue queue = listener == null ? null : listener.queue();
        if (queue != null) {
            queue.removeWaiting(this);
        }
    }

    boolean hasFailed() {
        return failure != null;
    }

    /** Why it failed; null when it did not, or not yet. */
    @Nullable
    IOException failure() {
        return failure == null ? null : failure.connectFailure(target);
    }
}
