package dev.matryoshka.cli.echo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.cli.serve.Drain;
import dev.matryoshka.cli.serve.Drainable;
import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.loop.LoopOptions;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** An echo server on a thread of its own. Closing it drains it, and fails if the loop had heard of a failure. */
public final class RunningEcho implements AutoCloseable {
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(1);
    private static final long LIMIT_SECONDS = 30;

    private final CompletableFuture<EventLoop> loop = new CompletableFuture<>();
    private final CompletableFuture<InetSocketAddress> address = new CompletableFuture<>();
    private final CompletableFuture<Drain> drain = new CompletableFuture<>();
    private final CompletableFuture<Drainable> server = new CompletableFuture<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final Thread thread;

    private RunningEcho(Doll doll, String kernel, boolean lines) {
        thread = new Thread(() -> serve(doll, kernel, lines), "echo-" + doll);
    }

    public static RunningEcho start(Doll doll, String kernel, boolean lines) throws Exception {
        RunningEcho echo = new RunningEcho(doll, kernel, lines);
        echo.thread.start();
        echo.address.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        return echo;
    }

    private void serve(Doll doll, String kernel, boolean lines) {
        LoopOptions options =
                LoopOptions.defaults().withKernel(kernel).withSlowCallback(Duration.ofSeconds(LIMIT_SECONDS));
        try (EventLoop opened = EventLoop.open(options)) {
            opened.setExceptionHandler(
                    (where, context) -> failures.add(context.describe() + " " + context.exception()));
            Drainable started =
                    doll.start(opened, new EchoOptions(Endpoint.tcp("127.0.0.1", 0), null, lines, complaints::add));
            loop.complete(opened);
            server.complete(started);
            drain.complete(new Drain(opened, started, DRAIN_LIMIT));
            address.complete((InetSocketAddress) started.address());
            opened.runForever();
        } catch (Throwable failed) {
            address.completeExceptionally(failed);
        }
    }

    public InetSocketAddress address() {
        return address.join();
    }

    /** What the server said about what peers sent. */
    List<String> complaints() {
        return complaints;
    }

    /** Asked on the loop. */
    int clientCount() throws Exception {
        CompletableFuture<Integer> count = new CompletableFuture<>();
        loop.join().callSoonThreadsafe(() -> count.complete(server.join().clientCount()));
        return count.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** What a signal does. */
    void beginDraining() {
        loop.join().callSoonThreadsafe(() -> drain.join().begin());
    }

    /** Whether the server has ended by itself. */
    boolean endedWithin(Duration limit) throws InterruptedException {
        return thread.join(limit);
    }

    @Override
    public void close() throws Exception {
        if (thread.isAlive() && !loop.join().isClosed()) {
            beginDraining();
        }
        assertThat(endedWithin(Duration.ofSeconds(LIMIT_SECONDS)))
                .as("the server ends")
                .isTrue();
        assertThat(failures).isEmpty();
    }
}
