package dev.matryoshka.transport;

import dev.matryoshka.engine.Instants;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.TimerHandle;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The graceful end of one server, step by step; see {@link Server#drain(Duration, Duration)}. Loop thread only. Callbacks and not
 * a parked task, so that JVMs without tasks, and the ends of several servers at once, have the same one.
 *
 * <pre>
 *   close, wait ── time ──▶ closeClients, wait ── time ──▶ abortClients, wait
 *        └──────────────────────────┴─────────────────────────┴──▶ over: no connection is left
 * </pre>
 */
final class Draining {
    private final LoopEngine engine;
    private final SocketServer server;
    private final long flushNanos;
    private final long began;
    private final CompletableFuture<DrainReport> report = new CompletableFuture<>();
    private @Nullable TimerHandle next;

    /** Made once, so that the server can be told that it is not wanted any more. */
    private final Runnable over = this::over;

    /** How many there were at each step; those that were never reached saw nobody. */
    private int open;

    private int late;
    private int stuck;

    private Draining(LoopEngine engine, SocketServer server, Duration flush) {
        this.engine = engine;
        this.server = server;
        this.flushNanos = Instants.delayNanos(flush);
        this.began = engine.time();
    }

    /** Completes on the loop. Cancelling it goes no further: the server is closed, and the connections are as they are. */
    static CompletableFuture<DrainReport> start(
            LoopEngine engine, SocketServer server, Duration finish, Duration flush) {
        Draining draining = new Draining(engine, server, flush);
        draining.report.whenComplete((_, failure) -> {
            if (failure != null) {
                draining.giveUp();
            }
        });
        draining.open = server.clientCount();
        server.whenOver(draining.over);
        server.close();
        draining.then(Instants.delayNanos(finish), draining::closeLate);
        return draining.report;
    }

    private void then(long afterNanos, Runnable step) {
        if (report.isDone()) {
            return;
        }
        if (afterNanos <= 0) {
            step.run();
        } else {
            next = engine.callLater(afterNanos, () -> {
                if (!report.isDone()) {
                    step.run();
                }
            });
        }
    }

    private void closeLate() {
        late = server.clientCount();
        server.closeClients();
        then(flushNanos, this::abortStuck);
    }

    private void abortStuck() {
        stuck = server.clientCount();
        server.abortClients();
    }

    private void over() {
        stopTimer();
        boolean ignored = report.complete(
                new DrainReport(open - late, late - stuck, stuck, Duration.ofNanos(engine.time() - began)));
    }

    /** Any thread: somebody has cancelled the report. */
    private void giveUp() {
        if (engine.isLoopThread()) {
            forget();
            return;
        }
        try {
            engine.callSoonThreadsafe(this::forget);
        } catch (LoopClosedException closed) {
            // its timers have gone with the loop
            return;
        }
    }

    private void forget() {
        server.forget(over);
        stopTimer();
    }

    private void stopTimer() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }
}
