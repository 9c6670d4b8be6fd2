package dev.matryoshka.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: getAddrInfo and getNameInfo ask the loop's resolver and nobody else, wait in their task, and end with it. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NamesTest {
    private static final InetAddress FOUR = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress SIX = InetAddress.ofLiteral("2001:db8::1");

    /** A table, which also has a name for each address. */
    private static final class Table implements Resolver {
        final List<Object> asked = new ArrayList<>();
        CompletableFuture<List<InetAddress>> answer = CompletableFuture.completedFuture(List.of(FOUR, SIX));
        CompletableFuture<String> name = CompletableFuture.completedFuture("host.example");

        @Override
        public CompletableFuture<List<InetAddress>> resolve(String host) {
            asked.add(host);
            return answer;
        }

        @Override
        public CompletableFuture<String> nameOf(InetAddress address) {
            asked.add(address);
            return name;
        }
    }

    @Proves({"getaddrinfo", "W5", "S-18"})
    @Test
    void theResolverOfTheLoopIsAskedAndItsOrderKept() throws Exception {
        Table table = new Table();
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.loop.setResolver(table);
            on.run(() -> {
                assertThat(on.loop.getAddrInfo("host.example", 80))
                        .containsExactly(new InetSocketAddress(FOUR, 80), new InetSocketAddress(SIX, 80));
                assertThat(on.loop.getAddrInfo("host.example", 81, StandardProtocolFamily.INET6))
                        .containsExactly(new InetSocketAddress(SIX, 81));
            });
            assertThat(table.asked).containsExactly("host.example", "host.example");
            on.loop.setResolver(null);
            assertThat(Resolvers.of(on.loop)).isSameAs(SystemResolver.shared());
        }
    }

    @Proves(value = "getaddrinfo", ports = "test_base_events.test_ipaddr_info")
    @Test
    void aLiteralIsAnsweredWithItsScopeAndReachesNoResolver() throws Exception {
        Table table = new Table();
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.loop.setResolver(table);
            on.run(() -> {
                InetSocketAddress scoped = on.loop.getAddrInfo("fe80::1%7", 80).getFirst();
                assertThat(((Inet6Address) scoped.getAddress()).getScopeId()).isEqualTo(7);
                assertThat(on.loop.getAddrInfo("1.2.3.4", 0, StandardProtocolFamily.INET))
                        .containsExactly(new InetSocketAddress(InetAddress.ofLiteral("1.2.3.4"), 0));
                assertThatThrownBy(() -> on.loop.getAddrInfo("1.2.3.4", 80, StandardProtocolFamily.INET6))
                        .isInstanceOf(UnknownHostException.class)
                        .hasMessageContainingAll("1.2.3.4", "INET6");
            });
        }
        assertThat(table.asked).isEmpty();
    }

    @Test
    void whatCannotBeLookedUpIsRefusedBeforeAnybodyIsAsked() throws Exception {
        Table table = new Table();
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.loop.setResolver(table);
            on.run(() -> {
                assertThatThrownBy(() -> on.loop.getAddrInfo("host.example", 65_536))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("65536");
                assertThatThrownBy(() -> on.loop.getAddrInfo("host.example", 80, StandardProtocolFamily.UNIX))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("UNIX");
            });
        }
        assertThat(table.asked).isEmpty();
    }

    @Proves(value = "getnameinfo", ports = "test_base_events.test_getnameinfo")
    @Test
    void aReverseLookUpAsksTheSameResolver() throws Exception {
        Table table = new Table();
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.loop.setResolver(table);
            on.run(() -> assertThat(on.loop.getNameInfo(FOUR)).isEqualTo("host.example"));
        }
        assertThat(table.asked).containsExactly(FOUR);
    }

    /** The only test that asks it: what else a resolver has to say comes from a table, for the system may need long. */
    @Proves("getnameinfo")
    @Test
    void theSystemKnowsLocalhostBothWays() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                assertThat(on.loop.getAddrInfo("localhost", 7))
                        .allMatch(found ->
                                found.getPort() == 7 && found.getAddress().isLoopbackAddress());
                InetAddress named = InetAddress.getByAddress("made-up.example", new byte[] {127, 0, 0, 1});
                assertThat(on.loop.getNameInfo(named))
                        .as("an address that once had a name is asked for anew")
                        .isEqualTo(InetAddress.getByName("127.0.0.1").getCanonicalHostName());
            });
        }
    }

    @Proves({"getaddrinfo", "getnameinfo", "I-21"})
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whoIsCancelledGoesAtOnceAndTheResolverHearsOfIt(boolean reverse) throws Exception {
        Table table = new Table();
        table.answer = new CompletableFuture<>();
        table.name = new CompletableFuture<>();
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.loop.setResolver(table);
            on.run(() -> {
                Task<?> waiting = on.loop.createTask(
                        "w", () -> reverse ? on.loop.getNameInfo(FOUR) : on.loop.getAddrInfo("slow.example", 1));
                on.passes(3);
                assertThat(waiting.isDone()).isFalse();
                waiting.cancel();
                assertThatThrownBy(waiting::await).isInstanceOf(CancellationException.class);
                assertThat((reverse ? table.name : table.answer).isCancelled()).isTrue();
            });
        }
    }

    @Test
    void aResolverThatBreaksItsPromisesFailsTheLookUpAndNothingElse() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                on.loop.setResolver(host -> null);
                assertThatThrownBy(() -> on.loop.getAddrInfo("host.example", 1))
                        .isInstanceOf(NullPointerException.class)
                        .hasMessage("the resolver returned null");
                on.loop.setResolver(host -> {
                    throw new IllegalStateException("no table");
                });
                assertThatThrownBy(() -> on.loop.getAddrInfo("host.example", 1))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("no table");
                Table nameless = new Table();
                nameless.name = CompletableFuture.completedFuture(null);
                on.loop.setResolver(nameless);
                assertThat(on.loop.getNameInfo(FOUR)).as("no name is its text").isEqualTo("192.0.2.1");
            });
        }
    }

    @Test
    void outsideOfATaskItIsRefused() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            assertThatThrownBy(() -> on.loop.getAddrInfo("localhost", 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("getAddrInfo parks");
            assertThatThrownBy(() -> on.loop.getNameInfo(FOUR))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("getNameInfo parks");
        }
    }

    @Test
    void theSystemsAnswersHaveIpv6InFront() throws Exception {
        List<InetAddress> mixed = List.of(FOUR, Inet4Address.ofLiteral("192.0.2.2"), SIX, InetAddress.ofLiteral("::5"));
        SystemResolver resolver =
                new SystemResolver(name -> mixed.toArray(InetAddress[]::new), InetAddress::getHostAddress);
        assertThat(resolver.resolve("host.example").get())
                .containsExactly(SIX, InetAddress.ofLiteral("::5"), FOUR, mixed.get(1));
    }

    @Test
    void whoSetsThePropertyOfTheJdkGetsItsOrder() throws Exception {
        List<InetAddress> mixed = List.of(FOUR, SIX);
        SystemResolver resolver =
                new SystemResolver(name -> mixed.toArray(InetAddress[]::new), InetAddress::getHostAddress);
        System.setProperty("java.net.preferIPv6Addresses", "false");
        try {
            assertThat(resolver.resolve("host.example").get()).isEqualTo(mixed);
        } finally {
            System.clearProperty("java.net.preferIPv6Addresses");
        }
    }
}
