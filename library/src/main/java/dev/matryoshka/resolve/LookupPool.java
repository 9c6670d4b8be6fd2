package dev.matryoshka.resolve;

import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Blocking look-ups of one kind, each once at a time however many ask. Any thread.
 *
 * @param <K> what is asked for
 * @param <T> the answer
 */
final class LookupPool<K, T> {
    /** Enough for a few slow servers at once; a look-up is all waiting. */
    private static final int THREADS_MAX = 16;

    private static final long IDLE_SECONDS = 30;

    /** Look-ups that wait for a thread. Beyond that one would come too late for anybody. */
    private static final int WAITING_MAX = 4096;

    private final Query<K, T> query;
    private final Executor threads;

    /** By what is asked for, each while it waits or runs. Guarded by itself; held for an instant, never while looking up. */
    private final Map<K, SharedLookup<K, T>> underWay = new HashMap<>();

    /** What may take its time. */
    @FunctionalInterface
    interface Query<K, T> {
        T find(K key) throws UnknownHostException;
    }

    LookupPool(Executor threads, Query<K, T> query) {
        this.threads = threads;
        this.query = query;
    }

    /** A small pool of daemons with a bounded queue. */
    static Executor threads() {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
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
        return pool;
    }

    /** Joins the look-up that is under way, or starts one. Fails with UnknownHostException when too many wait. */
    CompletableFuture<T> ask(K key) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        synchronized (underWay) {
            SharedLookup<K, T> lookup = underWay.get(key);
            if (lookup == null) {
                SharedLookup<K, T> fresh = new SharedLookup<>(key);
                try {
                    threads.execute(() -> run(fresh));
                } catch (RejectedExecutionException full) {
                    return CompletableFuture.failedFuture(
                            new UnknownHostException(key + ": not looked up, " + WAITING_MAX + " names wait already"));
                }
                underWay.put(key, fresh);
                lookup = fresh;
            }
            lookup.add(answer);
        }
        return answer;
    }

    private void run(SharedLookup<K, T> lookup) {
        synchronized (underWay) {
            if (!lookup.isWanted()) {
                underWay.remove(lookup.key()); // everybody gave up while it waited for a thread
                return;
            }
        }
        @Nullable T found = null;
        Throwable failure = null;
        try {
            found = query.find(lookup.key());
        } catch (Throwable failed) {
            failure = failed;
        }
        synchronized (underWay) {
            underWay.remove(lookup.key()); // who asks from now on asks anew
        }
        lookup.complete(found, failure);
    }
}
