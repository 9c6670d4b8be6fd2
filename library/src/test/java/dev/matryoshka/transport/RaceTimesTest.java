package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.matryoshka.inspect.ConnectionSnapshot;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.resolve.HappyEyeballs;
import dev.matryoshka.support.FullListener;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: RFC 8305, section 5, to the millisecond: when each attempt starts, who wins, and that the others go in the same instant.
 * Method: a network in memory on virtual time, with hosts that are silent, and listeners that answer when the test makes room
 * for a client in their full queue.
 */
@Proves({"create_connection", "I-22"})
@ExtendWith(LeakCheck.class)
class RaceTimesTest {
    private static final int PORT = 80;
    private static final int REFUSING = 81;

    /** When which address was tried, as "millis address"; one that listens or is full by name. */
    private final List<String> tried = new ArrayList<>();

    private final MemoryNetwork network = new MemoryNetwork();
    private final long began = network.clock().nanoTime();

    private static InetSocketAddress silent(int number) {
        return new InetSocketAddress(InetAddress.ofLiteral("192.0.2." + number), PORT);
    }

    private static InetSocketAddress refusing() {
        return Peer.loopback(REFUSING);
    }

    private static InetSocketAddress good() {
        return Peer.loopback(PORT);
    }

    private long millis() {
        return (network.clock().nanoTime() - began) / 1_000_000;
    }

    /** With a server at {@link #good()}, and 50 silent hosts. */
    private void run(Body body) throws Exception {
        for (int i = 1; i <= 50; i++) {
            network.addSilentHost(silent(i).getAddress());
        }
        try (TestLoop on = TestLoop.over(Tampered.provider(network, (method, arguments) -> {
            if (method.equals("tryConnect")) {
                tried.add(millis() + " "
                        + ((InetSocketAddress) arguments[0]).getAddress().getHostAddress() + ":"
                        + ((InetSocketAddress) arguments[0]).getPort());
            }
            return null;
        }))) {
            on.run(() -> {
                Server server = on.loop.createServer(Recorder::new, "127.0.0.1", PORT);
                body.run(on);
                server.close();
                server.abortClients();
                server.waitClosed();
            });
        }
    }

    @FunctionalInterface
    private interface Body {
        void run(TestLoop on) throws Exception;
    }

    private static ConnectOptions inOrder() {
        return ConnectOptions.defaults().withHappyEyeballs(new HappyEyeballs(Duration.ofMillis(250), 0));
    }

    private static Connection<Recorder> connect(TestLoop on, ConnectOptions options, InetSocketAddress... addresses)
            throws Exception {
        return on.loop.createConnection(Recorder::new, List.of(addresses), options);
    }

    @Proves(
            ports = {
                "test_staggered.test_first_timeout_second_successful",
                "test_staggered.test_first_error_second_successful"
            })
    @Test
    void aSilentAddressCostsAQuarterOfASecond() throws Exception {
        run(on -> {
            Connection<Recorder> made = connect(on, inOrder(), silent(1), good());
            assertThat(millis()).isEqualTo(250);
            assertThat(made.transport().remoteAddress()).isEqualTo(good());
            on.until(
                    "the loser has gone: listener and two ends",
                    () -> on.engine.load().channels() == 3);
            assertThat(tried).containsExactly("0 192.0.2.1:80", "250 127.0.0.1:80");
            made.transport().abort();
        });
    }

    @Proves("happy_eyeballs_delay")
    @Test
    void attemptsStartADelayApart() throws Exception {
        run(on -> {
            ConnectOptions options = inOrder()
                    .withHappyEyeballs(new HappyEyeballs(Duration.ofMillis(100), 0))
                    .withTimeout(Duration.ofMillis(950));
            assertThatThrownBy(() -> connect(on, options, silent(1), silent(2), silent(3), silent(4)))
                    .isInstanceOf(SocketTimeoutException.class);
            assertThat(tried)
                    .containsExactly("0 192.0.2.1:80", "100 192.0.2.2:80", "200 192.0.2.3:80", "300 192.0.2.4:80");
            assertThat(millis()).isEqualTo(950);
            assertThat(on.engine.load().channels()).as("only the listener").isEqualTo(1);
        });
    }

    @Proves(ports = "test_staggered.test_first_error_second_successful")
    @Test
    void anAttemptThatFailsLetsTheNextOneStartAtOnce() throws Exception {
        run(on -> {
            Connection<Recorder> made = connect(on, inOrder(), refusing(), silent(1), refusing(), good());
            assertThat(tried).containsExactly("0 127.0.0.1:81", "0 192.0.2.1:80", "250 127.0.0.1:80");
            made.transport().abort();
        });
    }

    @Test
    void twoThatFailOneAfterTheOtherCostNoTime() throws Exception {
        run(on -> {
            Connection<Recorder> made = connect(
                    on, inOrder(), refusing(), new InetSocketAddress(InetAddress.ofLiteral("::1"), REFUSING), good());
            assertThat(millis()).isZero();
            assertThat(tried).hasSize(3);
            made.transport().abort();
        });
    }

    /** asyncio's staggered_race waits for the one before, not for anyone. */
    @Test
    void anOlderAttemptThatFailsDoesNotHurryTheNextOne() throws Exception {
        run(on -> {
            FullListener full = FullListener.open(on, "127.0.0.2");
            tried.clear();
            on.loop.callLater(Duration.ofMillis(300), full::close);
            Connection<Recorder> made = connect(on, inOrder(), full.address(), silent(1), good());
            assertThat(tried)
                    .containsExactly("0 127.0.0.2:" + port(tried.getFirst()), "250 192.0.2.1:80", "500 127.0.0.1:80");
            made.transport().abort();
        });
    }

    private static String port(String entry) {
        return entry.substring(entry.lastIndexOf(':') + 1);
    }

    @Test
    void aFirstAddressThatAnswersLateStillWinsAgainstASilentSecond() throws Exception {
        run(on -> {
            FullListener slow = FullListener.open(on, "127.0.0.2");
            on.loop.callLater(Duration.ofMillis(300), () -> take(slow));
            Connection<Recorder> made = connect(on, inOrder(), slow.address(), silent(1), good());
            assertThat(millis()).isEqualTo(300);
            assertThat(made.transport().remoteAddress()).isEqualTo(slow.address());
            on.until("the silent one has gone", () -> on.engine.load().channels() == 2);
            made.transport().abort();
            slow.close();
        });
    }

    private static void take(FullListener full) {
        try {
            full.takeQueued();
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void switchedOffEachAddressHasUntilItFails() throws Exception {
        run(on -> {
            FullListener full = FullListener.open(on, "127.0.0.2");
            tried.clear();
            on.loop.callLater(Duration.ofSeconds(20), full::close);
            ConnectOptions off = ConnectOptions.defaults().withHappyEyeballs(HappyEyeballs.OFF);
            Connection<Recorder> made = connect(on, off, full.address(), good());
            assertThat(millis()).isEqualTo(20_000);
            assertThat(tried).hasSize(2);
            made.transport().abort();
        });
    }

    /** Two sockets cannot have one local port, so the second would fail only because the first is under way. */
    @Test
    void withAFixedLocalPortThereIsNoRace() throws Exception {
        run(on -> {
            FullListener full = FullListener.open(on, "127.0.0.2");
            tried.clear();
            on.loop.callLater(Duration.ofSeconds(5), full::close);
            ConnectOptions options = inOrder().withLocalAddress(Peer.loopback(4711));
            Connection<Recorder> made = connect(on, options, full.address(), good());
            assertThat(millis()).isEqualTo(5_000);
            assertThat(made.transport().localAddress()).isEqualTo(Peer.loopback(4711));
            made.transport().abort();
        });
    }

    @Test
    void soManyAttemptsAtATimeAndNoMore() throws Exception {
        run(on -> {
            InetSocketAddress[] all = new InetSocketAddress[50];
            for (int i = 0; i < all.length; i++) {
                all[i] = silent(i + 1);
            }
            CompletableFuture<?> connecting = on.loop.createConnectionAsync(
                    Recorder::new,
                    "many.example",
                    PORT,
                    inOrder()
                            .withResolver(host -> CompletableFuture.completedFuture(Arrays.stream(all)
                                    .map(InetSocketAddress::getAddress)
                                    .toList())));
            assertThatThrownBy(connecting::get).cause().isInstanceOf(SocketTimeoutException.class);
            assertThat(tried).hasSize(32);
            assertThat(millis()).isEqualTo(30_000);
        });
    }

    @Test
    void theTimeoutNamesTheHostAndWhatHadFailedByThen() throws Exception {
        run(on -> {
            ConnectOptions options = inOrder()
                    .withTimeout(Duration.ofSeconds(2))
                    .withResolver(host -> CompletableFuture.completedFuture(
                            List.of(good().getAddress(), silent(1).getAddress())));
            assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, "half.example", REFUSING, options))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("connect to half.example:81: timed out after PT2S")
                    .satisfies(late ->
                            assertThat(late.getSuppressed()).singleElement().isInstanceOf(ConnectException.class));
            assertThat(millis()).isEqualTo(2_000);
        });
    }

    @Test
    void theTimeoutCoversTheLookUpToo() throws Exception {
        run(on -> {
            CompletableFuture<List<InetAddress>> never = new CompletableFuture<>();
            CompletableFuture<?> connecting = on.loop.createConnectionAsync(
                    Recorder::new,
                    "slow.example",
                    PORT,
                    ConnectOptions.defaults().withResolver(host -> never));
            on.passes(3);
            assertThat(connecting).isNotDone();
            // a look-up holds the clock, so the time is pushed by hand
            network.virtualClock().advance(Duration.ofSeconds(30).toNanos());
            on.until("it is over", connecting::isDone);
            assertThat(connecting.exceptionNow())
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("slow.example:80");
            assertThat(never).as("the resolver was told").isCancelled();
            assertThat(tried).isEmpty();
        });
    }

    @Test
    void cancellingTheTaskClosesEveryAttemptOfTheRace() throws Exception {
        run(on -> {
            Task<?> connecting =
                    on.loop.createTask("c", () -> connect(on, inOrder(), silent(1), silent(2), silent(3), silent(4)));
            Task.sleep(Duration.ofMillis(600));
            assertThat(on.engine.load().channels()).isEqualTo(1 + 3);
            assertThat(on.loop.snapshot().connections())
                    .extracting(ConnectionSnapshot::kind, ConnectionSnapshot::state, ConnectionSnapshot::remote)
                    .containsExactlyInAnyOrder(
                            tuple("client", "connecting", silent(1)),
                            tuple("client", "connecting", silent(2)),
                            tuple("client", "connecting", silent(3)));
            connecting.cancel();
            assertThatThrownBy(connecting::get).isInstanceOf(CancellationException.class);
            assertThat(on.engine.load().channels()).isEqualTo(1);
            assertThat(on.engine.load().timers()).isZero();
        });
    }

    @Proves("interleave")
    @Test
    void theFamiliesTakeTurnsUnlessTheyAreToldNotTo() throws Exception {
        InetAddress six = InetAddress.ofLiteral("2001:db8::1");
        InetAddress six2 = InetAddress.ofLiteral("2001:db8::2");
        network.addSilentHost(six).addSilentHost(six2);
        run(on -> {
            ConnectOptions options = ConnectOptions.defaults()
                    .withResolver(host -> CompletableFuture.completedFuture(List.of(six, six2, good().getAddress())));
            on.loop
                    .createConnection(Recorder::new, "dual.example", PORT, options)
                    .transport()
                    .abort();
            assertThat(millis()).isEqualTo(250);
            on.loop
                    .createConnection(
                            Recorder::new,
                            "dual.example",
                            PORT,
                            options.withHappyEyeballs(new HappyEyeballs(Duration.ofMillis(250), 2)))
                    .transport()
                    .abort();
            assertThat(millis()).isEqualTo(250 + 500);
        });
    }
}
