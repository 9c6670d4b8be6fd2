package dev.matryoshka.benchmarks.load;

import dev.matryoshka.benchmarks.peer.NettyKernel;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * Clients over TLS: Netty with BoringSSL, because the JDK's engine on this side would be what is measured. One thread, which
 * also does all counting. They trust everybody: they talk to servers that this machine has just started.
 */
final class TlsClients implements AutoCloseable {
    private static final long LOOK_MILLIS = 100;

    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, NettyKernel.forClients().newHandler());
    private final CompletableFuture<Void> failure = new CompletableFuture<>();
    private final Histogram latencies = LoadResult.newHistogram();
    private final CountedTrust trust = new CountedTrust();
    private final SslContext tls;
    private final Target target;
    private final boolean resuming;
    private final long stalledNanos;

    /** Written by the clients' thread only, and read by another from time to time. */
    private final AtomicLong requests = new AtomicLong();

    /** @param resuming whether a connection goes on with the session of an earlier one */
    TlsClients(LoadRequest request, boolean resuming) throws IOException {
        this.target = Target.of(request);
        this.resuming = resuming;
        this.stalledNanos = request.stalled().toNanos();
        this.tls = SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL)
                .trustManager(trust)
                .endpointIdentificationAlgorithm("")
                .build();
    }

    /** Connects one more; its handler sees plain text. Any thread. */
    void connect(Supplier<ChannelHandler> handler) {
        new Bootstrap()
                .group(group)
                .channel(NettyKernel.forClients().client())
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(
                                        resuming
                                                ? tls.newHandler(channel.alloc(), target.host(), target.port())
                                                : tls.newHandler(channel.alloc()),
                                        handler.get());
                    }
                })
                .connect(target.address())
                .addListener(connected -> {
                    if (connected.cause() != null) {
                        failure.completeExceptionally(target.refused(new IOException(connected.cause())));
                    }
                });
    }

    /** Counts a request. The clients' thread. */
    void answered(long nanos) {
        requests.lazySet(requests.get() + 1);
        LoadResult.record(latencies, nanos, 1);
    }

    /** Ends the measurement. Any thread. */
    void fail(Throwable cause) {
        failure.completeExceptionally(cause);
    }

    /** How many requests were answered since the beginning. */
    long handshakes() {
        return requests.get();
    }

    /** How often the certificate of the server was looked at: once in each full handshake. */
    long fullHandshakes() {
        return trust.asked();
    }

    /** Warms up, then measures, as the request says. */
    LoadResult measure(LoadRequest request) throws IOException {
        await(request.warmUp());
        long cpuBefore = ServerCpu.nanos(request.serverPid());
        inLoop(() -> {
            latencies.reset();
            return requests.get();
        });
        long began = System.nanoTime();
        await(request.measure());
        Histogram measured = inLoop(latencies::copy);
        long nanos = System.nanoTime() - began;
        long cpuNanos = ServerCpu.nanos(request.serverPid()) - cpuBefore;
        return new LoadResult(measured.getTotalCount(), nanos, cpuNanos, measured);
    }

    private <T> T inLoop(Callable<T> callable) throws IOException {
        try {
            return group.submit(callable).get();
        } catch (ExecutionException broken) {
            throw new IOException(broken.getCause());
        } catch (InterruptedException stopped) {
            throw stopped(stopped);
        }
    }

    private static IOException stopped(InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted", stopped);
    }

    private void await(Duration length) throws IOException {
        long now = System.nanoTime();
        long end = now + length.toNanos();
        long seen = requests.get();
        for (long lastProgress = now; now - end < 0; now = System.nanoTime()) {
            waitForFailure(Math.min(LOOK_MILLIS, TimeUnit.NANOSECONDS.toMillis(end - now) + 1));
            if (requests.get() != seen) {
                seen = requests.get();
                lastProgress = now;
            } else if (now - lastProgress > stalledNanos) {
                throw new IOException("the server has stopped answering");
            }
        }
    }

    private void waitForFailure(long millis) throws IOException {
        try {
            failure.get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException fine) {
            // nothing has failed
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof IOException cause
                    ? cause
                    : new IOException(String.valueOf(failed.getCause()), failed.getCause());
        } catch (InterruptedException stopped) {
            throw stopped(stopped);
        }
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
