package dev.matryoshka.transport;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Parcel;
import dev.matryoshka.loop.LoopClosedException;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who gets the connections that one loop accepts for several: the loop with the fewest, in turn among equals. Loop thread of the
 * accepting one, but for {@link #roomMade()}.
 */
final class Distributor {
    private final List<Share> shares;

    /** The accepting loop's own. */
    private final Share own;

    private final int connectionsMax;

    /** Where the search begins: behind who was chosen last. */
    private int turn;

    /** Accepting has stopped because all are full. Written by the accepting loop, read by the others. */
    private volatile boolean full;

    /** @param connectionsMax per loop */
    Distributor(List<Share> shares, int connectionsMax) {
        this.shares = shares;
        this.own = shares.getFirst();
        this.connectionsMax = connectionsMax;
    }

    void accepted(NonBlockingSocket socket) {
        Parcel parcel = null;
        while (true) {
            Share target = least();
            target.arrived();
            if (parcel == null && target != own) {
                parcel = release(socket);
                if (parcel == null) {
                    target.left();
                    return;
                }
            }
            if (parcel == null) {
                own.server().admit(socket);
                return;
            }
            if (target == own) {
                own.deliver(parcel);
                return;
            }
            if (target.send(parcel)) {
                return;
            }
            target.left(); // closed a moment ago: least() will not choose it again
        }
    }

    private @Nullable Parcel release(NonBlockingSocket socket) {
        try {
            return own.engine.kernel().release(socket);
        } catch (IOException | RuntimeException failed) {
            socket.close();
            own.engine.reporter().report("A connection could not be handed over", failed, "server", own.server());
            return null;
        }
    }

    private Share least() {
        Share best = own;
        int fewest = own.connections();
        int chosen = 0;
        boolean found = false;
        for (int i = 0; i < shares.size(); i++) {
            int index = (turn + i) % shares.size();
            Share candidate = shares.get(index);
            if (!candidate.engine.isClosed() && (!found || candidate.connections() < fewest)) {
                best = candidate;
                fewest = candidate.connections();
                chosen = index;
                found = true;
            }
        }
        turn = (chosen + 1) % shares.size();
        return best;
    }

    /** Whether no loop may have another one. Who leaves after this has answered yes calls {@link #roomMade()}. */
    boolean isFull() {
        full = true; // first, so that whoever leaves while we count is not overlooked
        for (Share share : shares) {
            if (!share.engine.isClosed() && share.connections() < connectionsMax) {
                full = false;
                return false;
            }
        }
        return true;
    }

    /** Any thread: a connection has left. */
    void roomMade() {
        if (!full) {
            return;
        }
        try {
            own.engine.callSoonThreadsafe(() -> own.server().balance());
        } catch (LoopClosedException gone) {
            // nobody accepts any more
            return;
        }
    }
}
