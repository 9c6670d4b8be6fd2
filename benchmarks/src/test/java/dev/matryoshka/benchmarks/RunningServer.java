package dev.matryoshka.benchmarks;

import dev.matryoshka.EventLoop;
import dev.matryoshka.benchmarks.peer.Peer;
import dev.matryoshka.benchmarks.peer.PeerOptions;
import dev.matryoshka.benchmarks.peer.PeerServer;
import dev.matryoshka.benchmarks.server.Api;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A server in this process, on a thread of its own. */
public final class RunningServer implements AutoCloseable {
    private static final int LIMIT_SECONDS = 20;

    private final Thread thread;
    private final Stop stop;
    private final int port;

    private interface Stop {
        void run() throws IOException;
    }

    private RunningServer(Thread thread, Stop stop, int port) {
        this.thread = thread;
        this.stop = stop;
        this.port = port;
    }

    /** One of the dolls. */
    public static RunningServer start(Api api, Mode mode) throws Exception {
        CompletableFuture<EventLoop> running = new CompletableFuture<>();
        CompletableFuture<Integer> port = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try (EventLoop loop = EventLoop.open()) {
                running.complete(loop);
                loop.createTask(() -> listen(api, loop, mode, port));
                loop.runForever();
            }
        });
        EventLoop loop = running.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        return new RunningServer(
                thread, () -> loop.callSoonThreadsafe(loop::stop), port.get(LIMIT_SECONDS, TimeUnit.SECONDS));
    }

    private static void listen(Api api, EventLoop loop, Mode mode, CompletableFuture<Integer> port) {
        try {
            port.complete(((InetSocketAddress) api.start(loop, mode, loopback())).getPort());
        } catch (IOException | InterruptedException | RuntimeException failed) {
            port.completeExceptionally(failed);
        }
    }

    /** One of the peers; the test is skipped where it cannot run. */
    public static RunningServer start(Peer peer, Mode mode) throws Exception {
        return start(peer, PeerOptions.plain(mode, loopback()));
    }

    /** One of the peers, as one likes. */
    public static RunningServer start(Peer peer, PeerOptions options) throws Exception {
        PeerServer server = open(peer, options);
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                server.serve();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
        return new RunningServer(thread, server::close, server.port());
    }

    private static PeerServer open(Peer peer, PeerOptions options) throws IOException {
        try {
            return peer.open(options);
        } catch (UnsupportedOperationException elsewhere) {
            return Assumptions.abort(elsewhere.getMessage());
        }
    }

    /** A free port of this machine. */
    public static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    public int port() {
        return port;
    }

    @Override
    public void close() throws Exception {
        stop.run();
        if (!thread.join(Duration.ofSeconds(LIMIT_SECONDS))) {
            throw new AssertionError("the server does not end");
        }
    }
}
