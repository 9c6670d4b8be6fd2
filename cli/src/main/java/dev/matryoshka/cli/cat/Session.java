package dev.matryoshka.cli.cat;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.TimerHandle;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One run of {@code cat}: standard input and output, and the connections that have them one after another. Loop thread only.
 *
 * <p>It stops the loop when the last byte is written after the end of its connection; one that keeps open only tells what broke
 * a connection, and waits for the next.
 */
public final class Session {
    private final Loop loop;
    private final Inlet in;
    private final Outlet out;
    private final boolean keepsOpen;
    private final Duration patience;
    private final Consumer<String> complain;
    private @Nullable Throwable failure;

    /** Whoever is connected now. */
    private @Nullable Peer peer;

    private @Nullable TimerHandle timer;
    private long heardNanos;
    private boolean finishing;
    private Runnable onBegin = () -> {};

    /** What a session does to the connection that it has. */
    interface Peer {
        /** Drops it. */
        void abort();
    }

    /**
     * A session without a connection.
     *
     * @param keepsOpen whether there is another connection after one
     * @param patience how long nothing may move, neither way; zero for ever
     * @param complain gets one line for each connection that broke, if it keeps open
     */
    public Session(Loop loop, Inlet in, Outlet out, boolean keepsOpen, Duration patience, Consumer<String> complain) {
        this.loop = loop;
        this.in = in;
        this.out = out;
        this.keepsOpen = keepsOpen;
        this.patience = patience;
        this.complain = complain;
        out.onFailure(broken -> end(new IOException("standard output takes no more: " + broken.getMessage(), broken)));
    }

    Inlet in() {
        return in;
    }

    Outlet out() {
        return out;
    }

    /** What to do when a connection is there. */
    public void onBegin(Runnable callback) {
        onBegin = callback;
    }

    /** A connection is there. */
    void begin(Peer connected) {
        onBegin.run();
        peer = connected;
        heard();
        if (!patience.isZero()) {
            look(connected);
        }
    }

    /** Something moved. The timer is not touched: it looks at the time when it is due. */
    void heard() {
        heardNanos = loop.time();
    }

    /** How long nothing has moved. */
    long silentNanos() {
        return loop.time() - heardNanos;
    }

    private void look(Peer watched) {
        timer = null;
        if (peer != watched) {
            return;
        }
        long silent = silentNanos();
        if (silent >= patience.toNanos()) {
            failure = new SocketTimeoutException("nothing moved for " + patience.toSeconds() + " s");
            watched.abort();
        } else {
            timer = loop.callLater(patience.minusNanos(silent), () -> look(watched));
        }
    }

    /** A connection is over. */
    void over(@Nullable Throwable exception) {
        peer = null;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        Throwable why = failure != null ? failure : exception;
        if (keepsOpen && !finishing) {
            failure = null;
            if (why != null) {
                complain.accept("connection broke: " + why.getMessage());
            }
        } else {
            end(why);
        }
    }

    /** Ends the session; null for a good end. What is queued for standard output is written first. */
    public void end(@Nullable Throwable why) {
        if (failure == null) {
            failure = why;
        }
        Peer last = peer;
        if (!finishing) {
            finishing = true;
            out.finish(loop::stop);
        }
        if (last != null) {
            peer = null;
            last.abort();
        }
    }

    /** What it ended with, or null. */
    public @Nullable Throwable failure() {
        return failure;
    }
}
