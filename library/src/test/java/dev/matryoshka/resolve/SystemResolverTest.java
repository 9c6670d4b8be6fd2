package dev.matryoshka.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Proves;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: look-ups wait in threads of their own, one per name, and who gives up goes at once. Method: a system that answers when
 * the test opens a gate.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SystemResolverTest {
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.1");
    private static final int THREADS = 16;

    private final CountDownLatch gate = new CountDownLatch(1);
    private final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
    private final SystemResolver resolver = new SystemResolver(this::answer, this::reverse);

    private InetAddress[] answer(String name) throws UnknownHostException {
        asked.add(name);
        threads.add(Thread.currentThread());
        try {
            gate.await();
        } catch (InterruptedException stray) {
            throw new IllegalStateException(stray);
        }
        if (name.startsWith("no")) {
            throw new UnknownHostException(name);
        }
        if (name.startsWith("bug")) {
            throw new IllegalStateException(name);
        }
        return new InetAddress[] {ADDRESS};
    }

    private String reverse(InetAddress address) throws UnknownHostException {
        answer(address.getHostAddress());
        return "name-of-" + address.getHostAddress();
    }

    @AfterEach
    void letThemGo() {
        gate.countDown();
    }

    @Proves({"S-19", "W5", "getaddrinfo"})
    @Test
    void anAnswerComesFromADaemonOfTheResolver() throws Exception {
        CompletableFuture<List<InetAddress>> found = resolver.resolve("example.org");
        assertThat(found).isNotDone();
        gate.countDown();
        assertThat(found.get()).containsExactly(ADDRESS);
        assertThat(threads.peek().getName()).startsWith("matryoshka-resolver-");
        assertThat(threads.peek().isDaemon()).isTrue();
        assertThat(threads.peek().isVirtual()).isFalse();
    }

    @Test
    void whoAsksForOneNameAtOneTimeSharesOneLookUp() throws Exception {
        CompletableFuture<List<InetAddress>> first = resolver.resolve("example.org");
        CompletableFuture<List<InetAddress>> second = resolver.resolve("example.org");
        CompletableFuture<List<InetAddress>> other = resolver.resolve("example.net");
        gate.countDown();
        assertThat(first.get()).isEqualTo(second.get()).isEqualTo(other.get());
        assertThat(asked).containsExactlyInAnyOrder("example.org", "example.net");
        assertThat(resolver.resolve("example.org").get()).containsExactly(ADDRESS);
        assertThat(asked).hasSize(3);
    }

    @Test
    void givingUpIsEachOnesOwnAndTakesNoTime() throws Exception {
        CompletableFuture<List<InetAddress>> impatient = resolver.resolve("example.org");
        CompletableFuture<List<InetAddress>> patient = resolver.resolve("example.org");
        assertThat(impatient.cancel(true)).isTrue();
        assertThat(patient).isNotDone();
        gate.countDown();
        assertThat(patient.get()).containsExactly(ADDRESS);
    }

    @Test
    void aLookUpThatNobodyWaitsForIsNotMade() throws Exception {
        List<CompletableFuture<List<InetAddress>>> busy = fillThreads();
        resolver.resolve("given-up.example").cancel(true);
        CompletableFuture<List<InetAddress>> wanted = resolver.resolve("wanted.example");
        gate.countDown();
        assertThat(wanted.get()).containsExactly(ADDRESS);
        CompletableFuture.allOf(busy.toArray(CompletableFuture[]::new)).get();
        assertThat(asked).contains("wanted.example").doesNotContain("given-up.example");
        assertThat(resolver.resolve("given-up.example").get()).containsExactly(ADDRESS);
    }

    @Test
    void aNameThatComesBackWhileItsFirstLookUpWaitsIsLookedUp() throws Exception {
        fillThreads();
        resolver.resolve("again.example").cancel(true);
        CompletableFuture<List<InetAddress>> again = resolver.resolve("again.example");
        gate.countDown();
        assertThat(again.get()).containsExactly(ADDRESS);
    }

    private List<CompletableFuture<List<InetAddress>>> fillThreads() {
        List<CompletableFuture<List<InetAddress>>> busy = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            busy.add(resolver.resolve("busy" + i + ".example"));
        }
        return busy;
    }

    @Test
    void reverseLookUpsAreSharedTooAndWaitInTheSameThreads() throws Exception {
        CompletableFuture<String> first = resolver.nameOf(ADDRESS);
        CompletableFuture<String> second = resolver.nameOf(ADDRESS);
        assertThat(first.cancel(true)).isTrue();
        gate.countDown();
        assertThat(second.get()).isEqualTo("name-of-192.0.2.1");
        assertThat(asked).containsExactly("192.0.2.1");
        assertThat(threads.peek().getName()).startsWith("matryoshka-resolver-");
    }

    @Test
    void oneAddressOnTwoLinksIsTwoLookUps() throws Exception {
        CompletableFuture<String> first = resolver.nameOf(InetAddress.ofLiteral("fe80::1%1"));
        CompletableFuture<String> second = resolver.nameOf(InetAddress.ofLiteral("fe80::1%2"));
        gate.countDown();
        assertThat(first.get()).isEqualTo("name-of-fe80:0:0:0:0:0:0:1%1");
        assertThat(second.get()).isEqualTo("name-of-fe80:0:0:0:0:0:0:1%2");
    }

    @Test
    void theQueueIsBounded() {
        List<CompletableFuture<List<InetAddress>>> waiting = new ArrayList<>();
        CompletableFuture<List<InetAddress>> last;
        do {
            last = resolver.resolve("host" + waiting.size() + ".example");
            waiting.add(last);
        } while (!last.isDone() && waiting.size() < 10_000);
        assertThat(waiting).hasSize(4096 + THREADS + 1);
        assertFails(last, UnknownHostException.class);
        assertThat(resolver.resolve("host0.example"))
                .as("joins one that is under way")
                .isNotDone();
    }

    @Test
    void failuresAreThoseOfTheSystem() {
        CompletableFuture<List<InetAddress>> unknown = resolver.resolve("no.example");
        CompletableFuture<List<InetAddress>> bug = resolver.resolve("bug.example");
        gate.countDown();
        assertFails(unknown, UnknownHostException.class);
        assertFails(bug, IllegalStateException.class);
    }

    @Test
    void whatIsNoNameNeverReachesTheSystem() {
        assertFails(resolver.resolve("a\0b"), UnknownHostException.class);
        assertFails(resolver.resolve(""), UnknownHostException.class);
        assertThat(asked).isEmpty();
    }

    private static void assertFails(CompletableFuture<?> future, Class<? extends Throwable> cause) {
        assertThatThrownBy(future::get).isInstanceOf(ExecutionException.class).hasCauseInstanceOf(cause);
    }

    @Test
    void theSystemKnowsThisHost() throws Exception {
        assertThat(SystemResolver.shared().resolve("localhost").get())
                .isNotEmpty()
                .allMatch(InetAddress::isLoopbackAddress);
    }
}
