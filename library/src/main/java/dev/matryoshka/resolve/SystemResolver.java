package dev.matryoshka.resolve;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The system's resolver ({@code getaddrinfo(3)} by {@link InetAddress#getAllByName}) on a small pool of daemon threads, one
 * for the JVM. Not a resolver of our own: hosts files, search lists and the rest are the system's business. Any thread.
 */
public final class SystemResolver implements Resolver {
    /** Enough for a few slow servers at once; a look-up is all waiting. */
    private static final int THREADS_MAX = 16;

    private static final long IDLE_SECONDS = 30;
    private static final SystemResolver SHARED = new SystemResolver();

    private final ThreadPoolExecutor pool;

    private SystemResolver() {
        AtomicInteger number = new AtomicInteger();
        pool = new ThreadPoolExecutor(
                THREADS_MAX, THREADS_MAX, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), lookup -> {
                    Thread thread = new Thread(lookup, "matryoshka-resolver-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
    }

    /** The one for this JVM. */
    public static SystemResolver shared() {
        return SHARED;
    }

    @Override
    public CompletableFuture<List<InetAddress>> resolve(String host) {
        CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
        pool.execute(() -> {
            if (found.isDone()) {
                return; // given up while it waited for a thread
            }
            try {
                HostAddresses.checkName(host);
                found.complete(List.of(InetAddress.getAllByName(host)));
            } catch (UnknownHostException | RuntimeException failed) {
                found.completeExceptionally(failed);
            }
        });
        return found;
    }
}
