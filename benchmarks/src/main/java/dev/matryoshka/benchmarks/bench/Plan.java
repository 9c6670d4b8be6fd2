package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.peer.Peer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What to measure.
 *
 * @param contestants in the order of the report; one of them may stand there twice, under another name
 * @param workloads in the order of the report
 * @param rounds how often each server is measured with each workload
 * @param measure how long one measurement is
 * @param seed of the order within each round
 */
record Plan(List<Contestant> contestants, List<Workload> workloads, int rounds, Duration measure, long seed) {
    /** Long enough for the JIT compiler to be done with an echo server. */
    private static final Duration WARM_UP_MAX = Duration.ofSeconds(2);

    /** A server that is warm meets a workload that it does not know yet. */
    private static final Duration NEXT_WARM_UP_MAX = Duration.ofMillis(300);

    /** For connecting, and for the caches that the last server left cold. */
    private static final Duration SETTLE_MAX = Duration.ofMillis(100);

    /** About what it takes to start a server, and to end it. */
    static final Duration START = Duration.ofMillis(600);

    private static final int WARM_UPS = 5;
    private static final String AGAIN = "-again";

    /** Copies the lists. */
    Plan {
        contestants = List.copyOf(contestants);
        workloads = List.copyOf(workloads);
    }

    /** Workloads by what a server must be started as, in their order. */
    Map<Serving, List<Workload>> groups() {
        Map<Serving, List<Workload>> groups = new LinkedHashMap<>();
        for (Workload workload : workloads) {
            groups.computeIfAbsent(workload.serving(), made -> new ArrayList<>())
                    .add(workload);
        }
        return groups;
    }

    /** In which order they are taken for the baseline: C, for that is the limit; Netty, where C does not go; else the first. */
    List<Contestant> baselines() {
        return Stream.concat(
                        Stream.of(Peers.C, Peer.NETTY_EPOLL.toString()).flatMap(name -> contestant(name).stream()),
                        contestants.stream())
                .toList();
    }

    /** The one that stands there twice; none when nothing is to be compared with itself. */
    Optional<Contestant> twin() {
        return contestants.stream()
                .filter(contestant -> contestant.name().endsWith(AGAIN))
                .findFirst();
    }

    /** The same server as {@link #twin}, by its own name. */
    Optional<Contestant> twinOf() {
        return twin().flatMap(
                        twin -> contestant(twin.name().substring(0, twin.name().length() - AGAIN.length())));
    }

    private Optional<Contestant> contestant(String name) {
        return contestants.stream()
                .filter(contestant -> contestant.name().equals(name))
                .findFirst();
    }

    /** Before what counts: longer for the first workload of a server than for later ones. */
    Duration warmUp(boolean first) {
        return shorter(first ? WARM_UP_MAX : NEXT_WARM_UP_MAX, measure.multipliedBy(WARM_UPS));
    }

    /** Before every measurement. */
    Duration settle() {
        return shorter(SETTLE_MAX, measure);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** About how long all of it takes. */
    Duration length() {
        Duration each = Duration.ZERO;
        for (List<Workload> group : groups().values()) {
            Duration once = warmUp(false).plus(settle().plus(measure).multipliedBy(rounds));
            each = each.plus(START).plus(warmUp(true)).minus(warmUp(false)).plus(once.multipliedBy(group.size()));
        }
        return each.multipliedBy(contestants.size());
    }
}
