package dev.matryoshka.resolve;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The system's resolver ({@code getaddrinfo(3)} by {@link InetAddress#getAllByName}) on a small pool of daemon threads, one
 * for the JVM. Any thread. Not a resolver of our own: hosts files, search lists and the rest are the system's business. The
 * JDK caches answers, 30 s unless {@code networkaddress.cache.ttl} says otherwise.
 *
 * <p>getaddrinfo(3) cannot be stopped, and one dead name server holds it for many seconds. So a pool of its own, not that of
 * {@code runInExecutor} (asyncio's users call it "DNS timeouts" when a busy pool makes them wait: cpython#112169); who gives
 * up goes at once, the thread follows when it can; and all who ask for one name at one time wait for one look-up, so that
 * retrying a dead name does not fill the pool with it.
 */
public final class SystemResolver implements Resolver {
    /** Enough for a few slow servers at once; a look-up is all waiting. */
    private static final int THREADS_MAX = 16;

    private static final long IDLE_SECONDS = 30;

    /** Names that wait for a thread. Beyond that a look-up would come too late for anybody. */
    private static final int WAITING_MAX = 4096;

    private static final SystemResolver SHARED = new SystemResolver(InetAddress::getAllByName);

    private final Query system;
    private final ThreadPoolExecutor pool;

    /** By name, each while it waits or runs. Guarded by itself; held for an instant, never while looking up. */
    private final Map<String, SharedLookup> underWay = new HashMap<>();

    /** What may take its time. */
    @FunctionalInterface
    interface Query {
        InetAddress[] find(String name) throws UnknownHostException;
    }

    SystemResolver(Query system) {
        this.system = system;
        AtomicInteger number = new AtomicInteger();
        this.pool = new ThreadPoolExecutor(
                THREADS_MAX,
                THREADS_MAX,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING_MAX),
                lookup -> {
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

    /** {@inheritDoc} Fails with {@link UnknownHostException} too when thousands of names wait already. */
    @Override
    public CompletableFuture<List<InetAddress>> resolve(String host) {
        try {
            return ask(HostAddresses.asciiName(host));
        } catch (UnknownHostException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    private CompletableFuture<List<InetAddress>> ask(String name) throws UnknownHostException {
        CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
        synchronized (underWay) {
            SharedLookup lookup = underWay.get(name);
            if (lookup == null) {
                lookup = new SharedLookup(name);
                start(lookup);
                underWay.put(name, lookup);
            }
            lookup.add(answer);
        }
        return answer;
    }

    private void start(SharedLookup lookup) throws UnknownHostException {
        try {
            pool.execute(() -> run(lookup));
        } catch (RejectedExecutionException full) {
            throw new UnknownHostException(lookup.name() + ": not looked up, " + WAITING_MAX + " names wait already");
        }
    }

    private void run(SharedLookup lookup) {
        synchronized (underWay) {
            if (!lookup.isWanted()) {
                underWay.remove(lookup.name()); // everybody gave up while it waited for a thread
                return;
            }
        }
        List<InetAddress> found = List.of();
        Throwable failure = null;
        try {
            found = List.of(system.find(lookup.name()));
        } catch (Throwable failed) {
            failure = failed;
        }
        synchronized (underWay) {
            underWay.remove(lookup.name()); // who asks from now on asks anew
        }
        lookup.complete(found, failure);
    }
}
