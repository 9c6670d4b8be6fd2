package dev.matryoshka.transport;

import dev.matryoshka.engine.AcceptPace;
import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.AcceptAbortedException;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.ResourceExhaustedException;
import dev.matryoshka.loop.TimerHandle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One listening socket: accepts a batch per pass and hands each connection on. Loop thread only.
 *
 * <p>How many a pass takes is {@link AcceptPace}'s business. Errors of accept(2) are four kinds. A connection that died in the
 * queue is skipped, the batch goes on (bug B6 of asyncio). Without descriptors or memory accepting pauses for a second, reported
 * once, with one timer (bug B7): retrying at once would spin, since the connection stays in the queue. Would-block ends the batch.
 * Anything else (a security module that says no, EPERM) leaves the queue as it was too, and no event would tell of it again: it is
 * reported, and pauses.
 */
final class Listener implements ChannelListener {
    /** asyncio's ACCEPT_RETRY_DELAY. */
    static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LoopEngine engine;
    private final NonBlockingSocket socket;
    private final int acceptBatch;
    private final Consumer<NonBlockingSocket> onAccepted;
    private final @Nullable SocketAddress address;

    /** To be removed with it, or null. */
    private final @Nullable UnixSocketFile file;

    private final AcceptPace pace;
    private @Nullable Channel channel;
    private @Nullable TimerHandle retry;

    /** Its server wants nobody now; who comes waits in the backlog. */
    private boolean held;

    private boolean closed;

    Listener(
            LoopEngine engine,
            NonBlockingSocket bound,
            @Nullable UnixSocketFile file,
            int acceptBatch,
            Consumer<NonBlockingSocket> onAccepted) {
        this.engine = engine;
        this.socket = bound;
        this.acceptBatch = acceptBatch;
        this.pace = new AcceptPace(engine, acceptBatch);
        this.onAccepted = onAccepted;
        this.address = bound.localAddress();
        this.file = file;
    }

    @Nullable
    SocketAddress address() {
        return address;
    }

    void start(int backlog) throws IOException {
        if (channel == null && !closed) {
            if (address instanceof InetSocketAddress) {
                // What is accepted inherits it: one system call per server instead of one per connection.
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            socket.listen(backlog);
            channel = engine.watch(socket, this);
            update(channel);
        }
    }

    /** Stops to accept, or goes on; what waits in the queue is readable then, and dispatched in the next pass. */
    void hold(boolean on) {
        held = on;
        if (channel != null && !closed) {
            update(channel);
        }
    }

    private void update(Channel listening) {
        listening.wantRead(!held && retry == null);
    }

    @Override
    public boolean onReadable() {
        Channel listening = channel;
        for (int i = 0; listening != null && !closed && !held && i < acceptBatch; i++) {
            NonBlockingSocket accepted;
            try {
                accepted = socket.tryAccept();
            } catch (AcceptAbortedException gone) {
                continue;
            } catch (ResourceExhaustedException exhausted) {
                pause(listening, "Out of system resources, accepting pauses for 1 s", exhausted);
                return false;
            } catch (IOException failed) {
                pause(listening, "accept failed, accepting pauses for 1 s", failed);
                return false;
            }
            if (accepted == null) {
                pace.foundNone();
                listening.noteDrained();
                return false;
            }
            onAccepted.accept(accepted);
            if (!pace.tookOne()) {
                break;
            }
        }
        if (listening != null && pace.isRepeated()) {
            listening.noteDrained(); // as far as we know; if not, the next poll tells
            return false;
        }
        return !closed && !held;
    }

    /** What is in the queue stays readable, so the retry begins with an accept and needs no event. */
    private void pause(Channel listening, String message, IOException failure) {
        engine.reporter().report(message, failure, "socket", this);
        if (closed) {
            return; // the handler of the report has closed the server
        }
        retry = engine.callLater(RETRY_NANOS, () -> {
            retry = null;
            update(listening);
        });
        update(listening);
    }

    void close() {
        if (closed) {
            return;
        }
        closed = true;
        removeFile();
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
        if (channel != null) {
            channel.close();
        } else {
            socket.close();
        }
    }

    /** Before the socket is closed: who comes now shall not find a file with nobody behind it. */
    private void removeFile() {
        try {
            if (file != null) {
                file.removeIfOurs();
            }
        } catch (IOException failed) {
            engine.reporter().report("Unable to remove the file of a Unix socket", failed, "socket", this);
        }
    }

    @Override
    public void onWritable() {
        // A listener is never written to; level-triggered kernels do not report it, edge-triggered ones may.
    }

    @Override
    public void onHangup() {
        // Accepting is paused and the listener reports an error: the retry will see it.
    }

    @Override
    public void onLoopClosing() {
        close();
    }

    @Override
    public String toString() {
        return "Listener[" + address + (closed ? ", closed" : "") + "]";
    }
}
