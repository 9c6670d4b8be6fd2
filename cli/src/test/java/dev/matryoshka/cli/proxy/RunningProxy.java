package dev.matryoshka.cli.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.cli.Await;
import dev.matryoshka.cli.echo.TestClient;
import dev.matryoshka.cli.serve.Drain;
import dev.matryoshka.cli.serve.Drainable;
import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.layer.ProxyHeader;
import dev.matryoshka.layer.ProxyOptions;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.tls.TlsOptions;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** A proxy on a thread of its own. Closing it drains it, and fails if the loop had heard of a failure. */
final class RunningProxy implements AutoCloseable {
    private static final long LIMIT_SECONDS = 30;

    private final CompletableFuture<EventLoop> loop = new CompletableFuture<>();
    private final CompletableFuture<SocketAddress> address = new CompletableFuture<>();
    private final CompletableFuture<Drainable> server = new CompletableFuture<>();
    private final CompletableFuture<Drain> drain = new CompletableFuture<>();
    private final Counters counters = new Counters();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final Thread thread;

    /** What a test sets before it starts one. */
    static final class Settings {
        Endpoint listen = Endpoint.tcp("127.0.0.1", 0);
        final Endpoint target;
        TlsOptions shown;
        TlsOptions trust;
        ProxyOptions accept;
        ProxyHeader.Version send;
        Duration connectTimeout = Duration.ofSeconds(20);
        Duration finish = Duration.ofSeconds(1);
        int maxConnections = 10_000;

        Settings(Endpoint target) {
            this.target = target;
        }

        Settings(SocketAddress target) {
            this(Endpoint.tcp("127.0.0.1", ((InetSocketAddress) target).getPort()));
        }

        RunningProxy start(String kernel) throws Exception {
            RunningProxy proxy = new RunningProxy(this, kernel);
            proxy.thread.start();
            proxy.address.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            return proxy;
        }
    }

    private RunningProxy(Settings settings, String kernel) {
        thread = new Thread(() -> serve(settings, kernel), "proxy");
    }

    private void serve(Settings settings, String kernel) {
        LoopOptions options =
                LoopOptions.defaults().withKernel(kernel).withSlowCallback(Duration.ofSeconds(LIMIT_SECONDS));
        ProxyPlan plan = new ProxyPlan(
                new ProxyPlan.Front(settings.listen, settings.shown, settings.accept, UnaryOperator.identity()),
                new ProxyPlan.Back(settings.target, settings.trust, settings.send),
                settings.connectTimeout,
                Duration.ZERO,
                settings.maxConnections,
                complaints::add);
        try (EventLoop opened = EventLoop.open(options)) {
            opened.setExceptionHandler(
                    (where, context) -> failures.add(context.describe() + " " + context.exception()));
            Drainable started = ProxyServer.start(opened, plan, counters);
            loop.complete(opened);
            server.complete(started);
            drain.complete(new Drain(opened, started, settings.finish, Duration.ofSeconds(1)));
            address.complete(started.address());
            opened.runForever();
        } catch (Throwable failed) {
            address.completeExceptionally(failed);
        }
    }

    InetSocketAddress address() {
        return (InetSocketAddress) address.join();
    }

    TestClient connect() throws Exception {
        return new TestClient(address());
    }

    List<String> complaints() {
        return complaints;
    }

    /** Asked on the loop. */
    <T> T ask(Supplier<T> question) throws Exception {
        CompletableFuture<T> answer = new CompletableFuture<>();
        loop.join().callSoonThreadsafe(() -> answer.complete(question.get()));
        return answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    int clientCount() throws Exception {
        return ask(() -> server.join().clientCount());
    }

    /** Asked on the loop, or after its end. */
    String counters() throws Exception {
        return thread.isAlive() ? ask(counters::toString) : counters.toString();
    }

    void untilEmpty() throws Exception {
        Await.until("no client is left", () -> clientCount() == 0);
    }

    void beginDraining() {
        loop.join().callSoonThreadsafe(() -> drain.join().begin());
    }

    boolean endedWithin(Duration limit) throws InterruptedException {
        return thread.join(limit);
    }

    @Override
    public void close() throws Exception {
        if (thread.isAlive() && !loop.join().isClosed()) {
            beginDraining();
        }
        assertThat(endedWithin(Duration.ofSeconds(LIMIT_SECONDS)))
                .as("the proxy ends")
                .isTrue();
        assertThat(failures).isEmpty();
    }
}
