package dev.matryoshka.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.loop.Handle;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Goal: whatever thread a resolver answers on, its answer is given on the loop, and a virtual clock waits for it. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LookupTest {
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.1");

    @Proves(
            value = {"literal_fast_path", "S-18"},
            ports = "test_base_events.test_create_connection_ip_addr")
    @Test
    void aLiteralIsAnsweredAtOnce() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            CompletableFuture<List<InetAddress>> found = Lookup.start(on.loop, host -> null, "192.0.2.1");
            assertThat(found.getNow(null)).containsExactly(ADDRESS);
        }
    }

    @Proves({"getaddrinfo", "S-18"})
    @Test
    void anAnswerFromElsewhereArrivesOnTheLoop() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
            AtomicBoolean onLoop = new AtomicBoolean();
            on.run(() -> {
                CompletableFuture<?> used = Lookup.start(on.loop, host -> answer, "example.org")
                        .thenAccept(found -> onLoop.set(on.loop.isLoopThread() && found.contains(ADDRESS)));
                Thread.ofPlatform().start(() -> answer.complete(List.of(ADDRESS)));
                used.get();
            });
            assertThat(onLoop).isTrue();
        }
    }

    @Test
    void aVirtualClockStandsStillMeanwhile() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            CountDownLatch asleep = new CountDownLatch(1);
            on.run(() -> {
                long before = on.loop.time();
                Handle tomorrow = on.loop.callLater(Duration.ofDays(1), () -> {});
                CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
                CompletableFuture<List<InetAddress>> found = Lookup.start(on.loop, host -> answer, "example.org");
                Thread.ofPlatform().start(() -> {
                    await(asleep);
                    answer.complete(List.of(ADDRESS));
                });
                on.loop.callSoon(asleep::countDown);
                assertThat(found.get()).containsExactly(ADDRESS);
                assertThat(on.loop.time()).isEqualTo(before);
                tomorrow.cancel();
            });
        }
    }

    /** A lock of the resolver that another thread has parks the task, and the loop turns and waits meanwhile. */
    @Test
    void aVirtualClockIsHeldBeforeTheResolverIsAskedAndLetGoAlsoWhenThatFails() throws Exception {
        List<String> calls = new ArrayList<>();
        KernelProvider listening = Tampered.provider(Net.MEMORY.provider(), (method, arguments) -> {
            if (method.endsWith("Time")) {
                calls.add(method);
            }
            return null;
        });
        try (TestLoop on = TestLoop.over(listening)) {
            on.run(() -> {
                Resolver broken = host -> {
                    calls.add("resolve");
                    throw new IllegalStateException(host);
                };
                assertThat(Lookup.start(on.loop, broken, "example.org")).isCompletedExceptionally();
                assertThat(calls).containsExactly("holdTime", "resolve", "releaseTime");
            });
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stray) {
            throw new IllegalStateException(stray);
        }
    }

    @Test
    void cancellingReachesTheResolver() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
                Lookup.start(on.loop, host -> answer, "example.org").cancel(true);
                assertThat(answer).isCancelled();
            });
        }
    }

    @Test
    void anEmptyAnswerIsAnUnknownHost() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Resolver empty = host -> CompletableFuture.completedFuture(List.of());
                Resolver nothing = host -> CompletableFuture.completedFuture(null);
                for (Resolver resolver : List.of(empty, nothing)) {
                    assertThatThrownBy(() -> Lookup.start(on.loop, resolver, "example.org")
                                    .get())
                            .isInstanceOf(ExecutionException.class)
                            .hasCauseInstanceOf(UnknownHostException.class)
                            .hasMessageContaining("example.org");
                }
            });
        }
    }

    @Test
    void anAnswerThatFindsTheLoopClosedStillEndsTheWait() throws Exception {
        CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
        CompletableFuture<List<InetAddress>> found;
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            found = Lookup.start(on.loop, host -> answer, "example.org");
        }
        answer.complete(List.of(ADDRESS));
        assertThatThrownBy(found::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(LoopClosedException.class);
    }
}
