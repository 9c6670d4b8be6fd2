package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.loop.TimerHandle;
import dev.matryoshka.resolve.HappyEyeballs;
import dev.matryoshka.support.FullListener;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.Tampered;
import dev.matryoshka.support.TestLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: whatever addresses do, the race does what RFC 8305 says. Method: drawn hosts that refuse, answer or fall away at a drawn
 * moment, or are silent, in memory; a model that knows each one's fate beforehand says when which attempt starts and how it ends.
 * No two moments are equal but those that cause each other.
 */
@Proves({"create_connection", "I-22"})
@ExtendWith(LeakCheck.class)
class RaceModelTest {
    private static final int DELAY = 100;
    private static final int TIMEOUT = 3_050;
    private static final int SCENARIOS = 150;

    private enum Kind {
        SILENT,
        /** Answers from a moment on, or at once when it is asked later. */
        ANSWERS,
        /** Stays silent up to a moment, and refuses from then on. */
        REFUSES
    }

    private record Host(int number, Kind kind, int atMillis) {
        InetAddress ip() {
            return InetAddress.ofLiteral((kind == Kind.SILENT ? "192.0.2." : "127.0.1.") + (number + 1));
        }
    }

    /** When each attempt started, and how it ended: the number of the winner, "refused" or "late". */
    private record Course(List<Integer> starts, String end, int atMillis) {}

    private static List<Host> draw(Random random) {
        List<Integer> residues = new ArrayList<>();
        for (int i = 1; i < DELAY; i++) {
            residues.add(i);
        }
        Collections.shuffle(residues, random);
        List<Host> hosts = new ArrayList<>();
        for (int i = random.nextInt(1, 7); i > 0; i--) {
            Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
            int early = random.nextInt(3) == 0 ? 0 : DELAY * random.nextInt(8);
            hosts.add(new Host(hosts.size(), kind, early + residues.get(hosts.size())));
        }
        return hosts;
    }

    // ---- the model ------------------------------------------------------------------------------------------------

    private static Course foresee(List<Host> hosts) {
        List<Integer> starts = new ArrayList<>();
        List<Host> underWay = new ArrayList<>();
        int now = 0;
        while (true) {
            if (starts.size() < hosts.size()) {
                underWay.add(hosts.get(starts.size()));
                starts.add(now);
            }
            int timer = starts.size() < hosts.size() ? now + DELAY : Integer.MAX_VALUE;
            boolean started = false;
            while (!started) {
                Host next = null;
                for (Host host : underWay) {
                    if (host.kind != Kind.SILENT && (next == null || end(host, starts) < end(next, starts))) {
                        next = host;
                    }
                }
                int event = next == null ? Integer.MAX_VALUE : end(next, starts);
                now = Math.min(Math.min(event, timer), TIMEOUT);
                if (now == TIMEOUT) {
                    return new Course(starts, "late", now);
                } else if (now == timer) {
                    started = true;
                } else if (next.kind == Kind.ANSWERS) {
                    return new Course(starts, "" + next.number, now);
                } else {
                    underWay.remove(next);
                    boolean latest = next.number == starts.size() - 1;
                    if (underWay.isEmpty() && starts.size() == hosts.size()) {
                        return new Course(starts, "refused", now);
                    }
                    started = latest && starts.size() < hosts.size();
                }
            }
        }
    }

    private static int end(Host host, List<Integer> starts) {
        return Math.max(host.atMillis, starts.get(host.number));
    }

    // ---- the race -------------------------------------------------------------------------------------------------

    private static Course race(List<Host> hosts) throws Exception {
        MemoryNetwork network = new MemoryNetwork();
        List<Integer> starts = new ArrayList<>();
        long began = network.clock().nanoTime();
        try (TestLoop on = TestLoop.over(Tampered.provider(network, (method, arguments) -> {
            if (method.equals("tryConnect")) {
                starts.add(millisSince(began, network));
            }
            return null;
        }))) {
            return on.call(() -> {
                List<AutoCloseable> open = new ArrayList<>();
                List<InetSocketAddress> addresses = new ArrayList<>();
                for (Host host : hosts) {
                    addresses.add(prepare(on, network, host, open));
                }
                starts.clear();
                String end = run(on, addresses);
                int at = millisSince(began, network);
                for (AutoCloseable left : open) {
                    left.close();
                }
                on.until("nothing is left", () -> on.engine.load().channels() == 0);
                assertThat(on.engine.load().timers()).isZero();
                return new Course(List.copyOf(starts), end, at);
            });
        }
    }

    private static int millisSince(long began, MemoryNetwork network) {
        return (int) ((network.clock().nanoTime() - began) / 1_000_000);
    }

    private static InetSocketAddress prepare(TestLoop on, MemoryNetwork network, Host host, List<AutoCloseable> open)
            throws Exception {
        if (host.kind == Kind.SILENT) {
            network.addSilentHost(host.ip());
            return new InetSocketAddress(host.ip(), 80);
        }
        FullListener full = FullListener.open(on, host.ip().getHostAddress());
        InetSocketAddress address = full.address(); // a closed one has none
        TimerHandle moment = on.loop.callLater(Duration.ofMillis(host.atMillis), () -> arrive(host, full));
        open.add(moment::cancel);
        open.add(full);
        return address;
    }

    private static void arrive(Host host, FullListener full) {
        try {
            if (host.kind == Kind.ANSWERS) {
                full.takeQueued();
            } else {
                full.close();
            }
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    private static String run(TestLoop on, List<InetSocketAddress> addresses) throws Exception {
        ConnectOptions options = ConnectOptions.defaults()
                .withHappyEyeballs(new HappyEyeballs(Duration.ofMillis(DELAY), 0))
                .withTimeout(Duration.ofMillis(TIMEOUT));
        try {
            Transport made =
                    on.loop.createConnection(Recorder::new, addresses, options).transport();
            int winner = addresses.indexOf(made.remoteAddress());
            made.abort();
            return "" + winner;
        } catch (SocketTimeoutException late) {
            return "late";
        } catch (IOException refused) {
            assertThat(refused.getSuppressed()).as("every other cause").hasSize(addresses.size() - 1);
            return "refused";
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 20261126})
    void theRaceRunsAsForeseen(long seed) throws Exception {
        Random random = new Random(seed);
        int[] ends = new int[3];
        for (int i = 0; i < SCENARIOS; i++) {
            List<Host> hosts = draw(random);
            Course foreseen = foresee(hosts);
            assertThat(race(hosts))
                    .as("seed " + seed + ", scenario " + i + ": " + hosts)
                    .isEqualTo(foreseen);
            ends[foreseen.end.equals("late") ? 0 : foreseen.end.equals("refused") ? 1 : 2]++;
        }
        assertThat(ends).as("each end was drawn").doesNotContain(0);
    }
}
