package dev.matryoshka.kernel.faulty;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.URGENT;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.ReadySink;
import dev.matryoshka.kernel.Watchable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * A poller that reports late, twice, too early or not yet. Loop thread only, but for {@link #wakeup()}.
 *
 * <pre>
 *   inner poll ──▶ arrived ──┬──▶ soon ──▶ sink
 *                            ├──▶ later, until its time ──▶ soon
 *                            └──▶ withheld, until the valve opens ──▶ soon
 *   FaultySocket held back, spurious ─────▶ soon
 * </pre>
 *
 * What is held back is also taken out of the inner poller's interest: a level-triggered one would go on reporting it, and the
 * loop would spin until its time has come.
 */
final class FaultyPoller implements Poller {
    /** One socket, or pipe, as its poller sees it. */
    static final class Watch {
        private final Watchable inner;
        private boolean registered;
        private long token;

        /** What the consumer will act on. */
        private int wanted;

        /** To be reported by the next poll; set before the registration too, by a connect that is refused. */
        private int soon;

        /** On its way through {@link FaultyPoller#later}. */
        private int late;

        /** Happened while the valve was shut. */
        private int withheld;

        Watch(Watchable inner) {
            this.inner = inner;
        }
    }

    private record Late(long dueNanos, long sequence, Watch watch, long token, int bits) implements Comparable<Late> {
        @Override
        public int compareTo(Late other) {
            int byTime = Long.signum(dueNanos - other.dueNanos);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    private final Poller inner;
    private final Clock clock;
    private final Faults faults;
    private final Faults.Dice dice;
    private final @Nullable Valve valve;

    /** By token, in the order of registration, so that chance picks the same one in each run. */
    private final Map<Long, Watch> watches = new LinkedHashMap<>();

    private final ArrayDeque<Watch> soon = new ArrayDeque<>();
    private final PriorityQueue<Late> later = new PriorityQueue<>();
    private long sequence;

    /** What was known of the valve at the last look. */
    private int seenTurns;

    private int seenShut;

    FaultyPoller(Poller inner, Clock clock, Faults faults, Faults.Dice dice) {
        this.inner = inner;
        this.clock = clock;
        this.faults = faults;
        this.dice = dice;
        this.valve = faults.valve();
        if (valve != null) {
            valve.join(inner);
        }
    }

    // ---- registrations --------------------------------------------------------------------------------------------

    @Override
    public void register(Watchable watchable, long token) throws IOException {
        Watch watch = watchOf(watchable);
        inner.register(watch.inner, token);
        watches.put(token, watch);
        watch.registered = true;
        watch.token = token;
        watch.wanted = READABLE;
        if (watch.soon != 0) {
            soon.add(watch);
        }
        if (held(watch) != 0) {
            applyInterest(watch);
        }
    }

    @Override
    public void interest(Watchable watchable, int interest) throws IOException {
        Watch watch = watchOf(watchable);
        watch.wanted = interest;
        inner.interest(watch.inner, interest & ~held(watch));
    }

    private int held(Watch watch) {
        return watch.late | seenShut;
    }

    private void applyInterest(Watch watch) throws IOException {
        inner.interest(watch.inner, watch.wanted & ~held(watch));
    }

    @Override
    public void deregister(Watchable watchable) {
        inner.deregister(forgotten(watchable).inner);
    }

    @Override
    public void deregisterToClose(Watchable watchable) {
        inner.deregisterToClose(forgotten(watchable).inner);
    }

    private Watch forgotten(Watchable watchable) {
        Watch watch = watchOf(watchable);
        if (watch.registered) {
            watch.registered = false;
            watches.remove(watch.token);
            soon.remove(watch);
            watch.soon = 0;
            watch.late = 0;
            watch.withheld = 0;
        }
        return watch;
    }

    private Watch watchOf(Watchable watchable) {
        if (watchable instanceof Faulty faulty && faulty.isOf(this)) {
            return faulty.watch();
        }
        throw new IllegalArgumentException("not of this kernel: " + watchable);
    }

    // ---- polling --------------------------------------------------------------------------------------------------

    @Override
    public int poll(long timeoutNanos, ReadySink sink) throws IOException {
        lookAtValve();
        inner.poll(soon.isEmpty() ? untilNextLate(timeoutNanos) : 0, this::arrived);
        lookAtValve();
        releaseLate();
        addSpurious();
        applyHeld();
        return report(sink);
    }

    private long untilNextLate(long timeoutNanos) {
        Late next = later.peek();
        if (next == null) {
            return timeoutNanos;
        }
        long rest = Math.max(next.dueNanos - clock.nanoTime(), 0);
        return timeoutNanos < 0 ? rest : Math.min(timeoutNanos, rest);
    }

    private void arrived(long token, int bits) {
        Watch watch = watches.get(token);
        if (watch == null) {
            return;
        }
        int stopped = bits & stoppedBy(seenShut);
        watch.withheld |= stopped;
        int passing = bits & ~stopped;
        if (passing != 0 && dice.strikes(Fault.LATE_EVENT)) {
            watch.late |= passing;
            later.add(new Late(clock.nanoTime() + faults.lateNanos(), sequence++, watch, token, passing));
        } else {
            soon(watch, passing);
        }
    }

    /** A peer that is silent has not ended or broken the connection either, nor sent urgent bytes. */
    private static int stoppedBy(int shut) {
        return (shut & READABLE) != 0 ? shut | HANGUP | ERROR | URGENT : shut;
    }

    /** Reports it with the next poll (or this one, if it is still running). */
    void soon(Watch watch, int bits) {
        if (bits != 0) {
            if (watch.soon == 0 && watch.registered) {
                soon.add(watch);
            }
            watch.soon |= bits;
        }
    }

    boolean isShut(int direction) {
        return valve != null && (valve.shut() & direction) != 0;
    }

    private void lookAtValve() throws IOException {
        if (valve == null || valve.turns() == seenTurns) {
            return;
        }
        int turns = valve.turns();
        int shut = valve.shut();
        // After several turns since the last look, each direction may have been shut meanwhile, and a call been refused
        // by it.
        int opened = (turns - seenTurns > 1 ? READABLE | WRITABLE : seenShut) & ~shut;
        seenTurns = turns;
        seenShut = shut;
        for (Watch watch : watches.values()) {
            soon(watch, opened | watch.withheld & ~stoppedBy(shut));
            watch.withheld &= stoppedBy(shut);
            applyInterest(watch);
        }
    }

    private void releaseLate() throws IOException {
        for (Late next; (next = later.peek()) != null && next.dueNanos - clock.nanoTime() <= 0; ) {
            later.remove();
            Watch watch = next.watch;
            if (watch.registered && watch.token == next.token) {
                watch.late &= ~next.bits;
                soon(watch, next.bits);
                applyInterest(watch);
            }
        }
    }

    private void addSpurious() {
        if (!watches.isEmpty() && dice.strikes(Fault.SPURIOUS_EVENT)) {
            int index = dice.next(watches.size());
            for (Watch watch : watches.values()) {
                if (index-- == 0) {
                    soon(watch, 1 + dice.next(READABLE | WRITABLE));
                    return;
                }
            }
        }
    }

    /** What has just become late must not be reported again and again meanwhile. */
    private void applyHeld() throws IOException {
        for (Late each : later) {
            if (each.watch.registered && each.watch.token == each.token) {
                applyInterest(each.watch);
            }
        }
    }

    private int report(ReadySink sink) {
        int count = soon.size();
        for (int i = 0; i < count; i++) {
            Watch watch = soon.remove();
            int bits = watch.soon;
            watch.soon = 0;
            sink.ready(watch.token, bits);
        }
        return count;
    }

    @Override
    public void wakeup() {
        inner.wakeup();
    }

    @Override
    public boolean pollsOnVirtualThread() {
        return inner.pollsOnVirtualThread();
    }

    @Override
    public boolean repeatsListeners() {
        return inner.repeatsListeners();
    }

    void close() {
        if (valve != null) {
            valve.leave(inner);
        }
        watches.clear();
        soon.clear();
        later.clear();
    }
}
