package dev.matryoshka.kernel.faulty;

import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Rules of what goes wrong, and when; immutable, any thread. The same rules with the same seed over the same calls do the
 * same again.
 *
 * <pre>
 *   Faults.seeded(42)
 *         .percent(Fault.SEND_SHORT, 30)          each send, with 30 %
 *         .every(Fault.RECV_WOULD_BLOCK, 3)       the 3rd, 6th, 9th ...
 *         .at(Fault.ACCEPT_EXHAUSTED, 2)          the 2nd only
 *         .recvAtMost(1)
 *         .stalledBy(valve)
 * </pre>
 */
public final class Faults {
    /** When a rule strikes: on the n-th call, on each n-th, or with a chance of n in 100. */
    private record When(Kind kind, int number) {
        private enum Kind {
            AT,
            EVERY,
            PERCENT
        }

        boolean strikes(long call, SplittableRandom random) {
            return switch (kind) {
                case AT -> call == number;
                case EVERY -> call % number == 0;
                case PERCENT -> random.nextInt(100) < number;
            };
        }
    }

    private final long seed;
    private final Map<Fault, When> rules;
    private final int recvBytesMax;
    private final int sendBytesMax;
    private final long lateNanos;
    private final @Nullable Valve valve;

    private Faults(
            long seed,
            Map<Fault, When> rules,
            int recvBytesMax,
            int sendBytesMax,
            long lateNanos,
            @Nullable Valve valve) {
        this.seed = seed;
        this.rules = rules;
        this.recvBytesMax = recvBytesMax;
        this.sendBytesMax = sendBytesMax;
        this.lateNanos = lateNanos;
        this.valve = valve;
    }

    /** Nothing goes wrong yet. */
    public static Faults seeded(long seed) {
        return new Faults(seed, Map.of(), Integer.MAX_VALUE, Integer.MAX_VALUE, 0, null);
    }

    /** Every receive and every send moves one byte: all code that counts on a whole message fails at once. */
    public static Faults oneByteAtATime() {
        return seeded(0).recvAtMost(1).sendAtMost(1);
    }

    /** @param call 1 for the first */
    public Faults at(Fault fault, int call) {
        return with(fault, new When(When.Kind.AT, atLeastOne(call)));
    }

    /** @param calls 1 for every call; a WOULD_BLOCK on every call is a stall without end */
    public Faults every(Fault fault, int calls) {
        return with(fault, new When(When.Kind.EVERY, atLeastOne(calls)));
    }

    /** @param percent 0 for never to 100 for always */
    public Faults percent(Fault fault, int percent) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException(percent + " %");
        }
        return with(fault, new When(When.Kind.PERCENT, percent));
    }

    private Faults with(Fault fault, When when) {
        Map<Fault, When> more = new EnumMap<>(Fault.class);
        more.putAll(rules);
        more.put(fault, when);
        return new Faults(seed, more, recvBytesMax, sendBytesMax, lateNanos, valve);
    }

    /** @param bytes at least 1; what a receive takes in one call, as if the rest came later */
    public Faults recvAtMost(int bytes) {
        return new Faults(seed, rules, atLeastOne(bytes), sendBytesMax, lateNanos, valve);
    }

    /** @param bytes at least 1; what a send takes in one call */
    public Faults sendAtMost(int bytes) {
        return new Faults(seed, rules, recvBytesMax, atLeastOne(bytes), lateNanos, valve);
    }

    /**
     * How late a {@link Fault#LATE_EVENT} is, on the kernel's clock. Without a rule for it, every event is late.
     *
     * @param nanos at least 1
     */
    public Faults lateBy(long nanos) {
        if (nanos < 1) {
            throw new IllegalArgumentException("late by " + nanos + " ns");
        }
        Faults late = new Faults(seed, rules, recvBytesMax, sendBytesMax, nanos, valve);
        return rules.containsKey(Fault.LATE_EVENT) ? late : late.every(Fault.LATE_EVENT, 1);
    }

    /** While the valve is shut, sockets are not ready; see there. */
    public Faults stalledBy(Valve shared) {
        return new Faults(seed, rules, recvBytesMax, sendBytesMax, lateNanos, shared);
    }

    private static int atLeastOne(int number) {
        if (number < 1) {
            throw new IllegalArgumentException("must be at least 1: " + number);
        }
        return number;
    }

    long lateNanos() {
        return lateNanos;
    }

    @Nullable
    Valve valve() {
        return valve;
    }

    /** @param kernel number of the kernel that it is for: each has chances of its own */
    Dice dice(int kernel) {
        return new Dice(this, new SplittableRandom(seed + kernel * 0x9E3779B97F4A7C15L));
    }

    @Override
    public String toString() {
        return "Faults[seed=" + seed + ", " + rules + ", recvBytesMax=" + recvBytesMax + ", sendBytesMax="
                + sendBytesMax + ", lateNanos=" + lateNanos + "]";
    }

    /** The rules at work for one kernel: counts calls, throws dice. Loop thread only. */
    static final class Dice {
        private final Faults faults;
        private final SplittableRandom random;
        private final long[] calls = new long[Fault.values().length];
        private final long[] struck = new long[Fault.values().length];

        private Dice(Faults faults, SplittableRandom random) {
            this.faults = faults;
            this.random = random;
        }

        /** Whether this call is one of those that go wrong. */
        boolean strikes(Fault fault) {
            When when = faults.rules.get(fault);
            if (when == null || !when.strikes(++calls[fault.ordinal()], random)) {
                return false;
            }
            struck[fault.ordinal()]++;
            return true;
        }

        long struck(Fault fault) {
            return struck[fault.ordinal()];
        }

        /** @param wanted at least 1 */
        int recvLimit(int wanted) {
            int limit = Math.min(wanted, faults.recvBytesMax);
            return strikes(Fault.RECV_SHORT) ? below(limit) : limit;
        }

        /** @param wanted at least 1 */
        long sendLimit(long wanted) {
            long limit = Math.min(wanted, faults.sendBytesMax);
            return strikes(Fault.SEND_SHORT) ? below((int) Math.min(limit, Integer.MAX_VALUE)) : limit;
        }

        private int below(int limit) {
            return 1 + random.nextInt(limit);
        }

        /** @param bound at least 1 */
        int next(int bound) {
            return random.nextInt(bound);
        }
    }
}
