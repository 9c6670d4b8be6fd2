package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.Handle;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Addresses against each other: the first that connects wins (RFC 8305, section 5; asyncio's staggered_race). Loop thread
 * only; never parks.
 *
 * <pre>
 *   0 ms     250 ms    500 ms
 *   ├ first ──┼─────────┼───────▶ silent          the next one starts after the delay,
 *             ├ second ─┤ refused                 or at once when the one before it fails
 *                       ├ third ──▶ connected     the others are closed in the same call
 * </pre>
 *
 * Whoever connects in the same pass as the winner finds its channel closed, so there are never two winners, and none is
 * forgotten (bug B12 of asyncio). Cancelling the result closes what is on the way at once, too: nothing of it is left to be
 * mistaken for the next owner of its number (bug B9).
 */
final class Race {
    /** Attempts at a time. A name may have any number of addresses, and each attempt costs a descriptor. */
    private static final int UNDER_WAY_MAX = 32;

    private final LoopEngine engine;
    private final ConnectOptions options;
    private final CompletableFuture<NonBlockingSocket> result = new CompletableFuture<>();
    private final Queue<SocketAddress> waiting;
    private final Set<Attempt> underWay = new LinkedHashSet<>();

    /** The first of them, with the later ones suppressed onto it. */
    private final List<IOException> failures = new ArrayList<>();

    /** null: an attempt has until it fails. */
    private final @Nullable Duration delay;

    /** Two sockets cannot have one local port at a time. */
    private final boolean fixedPort;

    private @Nullable Attempt latest;
    /** What starts the next attempt, if something other than a failure does. */
    private @Nullable Handle next;

    private Race(LoopEngine engine, List<? extends SocketAddress> addresses, ConnectOptions options) {
        this.engine = engine;
        this.options = options;
        this.waiting = new ArrayDeque<>(addresses);
        this.fixedPort = options.route().localAddresses().stream().anyMatch(local -> local.getPort() != 0);
        this.delay = fixedPort ? null : options.happyEyeballs().delay();
        result.whenComplete((socket, failed) -> dropAll());
    }

    /**
     * Starts a race.
     *
     * @param addresses in the order to try them; Internet addresses are resolved
     */
    static Race start(LoopEngine engine, List<? extends SocketAddress> addresses, ConnectOptions options) {
        Race race = new Race(engine, addresses, options);
        race.advance();
        return race;
    }

    /**
     * Completes with a connected socket that nobody watches, or with the first failure and the later ones suppressed onto it.
     * Cancelled on the loop's thread.
     */
    CompletableFuture<NonBlockingSocket> result() {
        return result;
    }

    /** What has gone wrong so far, in the order in which it did. */
    List<IOException> failures() {
        return failures;
    }

    /** Starts the next attempt, and the one after it if that fails at once. */
    private void advance() {
        forgetNext();
        while (!result.isDone() && underWay.size() < UNDER_WAY_MAX) {
            SocketAddress remote = waiting.poll();
            if (remote == null) {
                loseIfAlone();
                return;
            }
            if (begin(new Attempt(this, engine, remote))) {
                pace();
                return;
            }
        }
    }

    /** False when it has failed at once. */
    private boolean begin(Attempt attempt) {
        latest = attempt;
        try {
            NonBlockingSocket connected = attempt.start(options);
            if (connected == null) {
                underWay.add(attempt);
            } else {
                won(attempt, connected);
            }
            return true;
        } catch (IOException failed) {
            failures.add(failed);
            return false;
        } catch (RuntimeException misuse) {
            result.completeExceptionally(misuse); // another address would say the same
            return true;
        }
    }

    private void pace() {
        if (delay != null && !waiting.isEmpty() && !result.isDone()) {
            next = engine.face().callLater(delay, this::advance);
        }
    }

    private void forgetNext() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }

    void won(Attempt winner, NonBlockingSocket socket) {
        underWay.remove(winner);
        dropAll();
        if (!result.complete(socket)) {
            socket.close();
        }
    }

    void failed(Attempt loser, IOException failure) {
        underWay.remove(loser);
        failures.add(failure);
        if (fixedPort && !waiting.isEmpty()) {
            next = engine.callSoon(this::advance); // the loser has the port until the end of this pass
        } else if (loser == latest || next == null) {
            advance();
        }
    }

    void loopClosing() {
        result.completeExceptionally(new ClosedChannelException());
    }

    private void loseIfAlone() {
        if (underWay.isEmpty()) {
            IOException first = null;
            for (IOException failure : failures) {
                first = Failures.join(first, failure);
            }
            result.completeExceptionally(first != null ? first : new IOException("no address to connect to"));
        }
    }

    private void dropAll() {
        forgetNext();
        waiting.clear();
        underWay.forEach(Attempt::close);
        underWay.clear();
    }
}
