package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Goal: the sleep of {@link Doorbell} loses no wake-up on a machine that may reorder a store with a later load, and each of its
 * three parts is needed. Method: the protocol as a program of two threads with a store buffer each (x86-TSO, Owens, Sarkar,
 * Sewell 2009), every interleaving of steps and buffer flushes explored; the broken twins lack one part and have to lose one.
 */
class DoorbellModelTest {
    /**
     * The protocol, or a twin that lacks a part of it.
     *
     * @param atomicClaim the mail is announced by a locked addition, which is in memory when it is done; else by a store
     */
    private record Protocol(boolean loopFence, boolean atomicClaim, boolean recheck) {}

    /**
     * One global state. Program counters count steps done; a buffered store is one that memory has not seen yet.
     *
     * @param loop 0 to 3: store ASLEEP, fence, look into the inbox, asleep or awake
     * @param producer 0 to 3: claim, load state, exchange, done
     */
    private record State(
            int loop,
            int producer,
            boolean asleep,
            boolean mail,
            boolean loopStoreBuffered,
            boolean producerStoreBuffered,
            boolean loopSleeps,
            boolean sawAsleep,
            boolean rung) {
        boolean isLost() {
            return loop == 3
                    && producer == 3
                    && !loopStoreBuffered
                    && !producerStoreBuffered
                    && loopSleeps
                    && mail
                    && !rung;
        }
    }

    @Test
    void theProtocolLosesNoWakeUp() {
        assertThat(lostStates(new Protocol(true, true, true))).isZero();
    }

    @Test
    void withoutTheLoopsFenceOneIsLost() {
        assertThat(lostStates(new Protocol(false, true, true))).isPositive();
    }

    @Test
    void withAStoreInPlaceOfTheProducersClaimOneIsLost() {
        assertThat(lostStates(new Protocol(true, false, true))).isPositive();
    }

    @Test
    void withoutTheSecondLookOneIsLost() {
        assertThat(lostStates(new Protocol(true, true, false))).isPositive();
    }

    private static int lostStates(Protocol protocol) {
        Set<State> seen = new HashSet<>();
        List<State> open = new ArrayList<>();
        open.add(new State(0, 0, false, false, false, false, false, false, false));
        int lost = 0;
        while (!open.isEmpty()) {
            State state = open.removeLast();
            if (!seen.add(state)) {
                continue;
            }
            if (state.isLost()) {
                lost++;
            }
            List<State> next = new ArrayList<>();
            flushes(state, next);
            loopSteps(state, protocol, next);
            producerSteps(state, protocol, next);
            open.addAll(next);
        }
        return lost;
    }

    /** Memory sees a buffered store at some time, on its own. */
    private static void flushes(State s, List<State> next) {
        if (s.loopStoreBuffered) {
            next.add(new State(
                    s.loop,
                    s.producer,
                    true,
                    s.mail,
                    false,
                    s.producerStoreBuffered,
                    s.loopSleeps,
                    s.sawAsleep,
                    s.rung));
        }
        if (s.producerStoreBuffered) {
            next.add(new State(
                    s.loop, s.producer, s.asleep, true, s.loopStoreBuffered, false, s.loopSleeps, s.sawAsleep, s.rung));
        }
    }

    private static void loopSteps(State s, Protocol protocol, List<State> next) {
        switch (s.loop) {
            case 0 -> next.add(loopAt(s, 1, true, false));
            case 1 -> {
                if (!protocol.loopFence || !s.loopStoreBuffered) {
                    next.add(loopAt(s, 2, s.loopStoreBuffered, false));
                }
            }
            case 2 -> next.add(loopAt(s, 3, s.loopStoreBuffered, !protocol.recheck || !s.mail));
            default -> {
                // The loop sleeps, or goes on; nothing more happens on its own.
            }
        }
    }

    private static State loopAt(State s, int step, boolean buffered, boolean sleeps) {
        return new State(
                step, s.producer, s.asleep, s.mail, buffered, s.producerStoreBuffered, sleeps, s.sawAsleep, s.rung);
    }

    private static void producerSteps(State s, Protocol protocol, List<State> next) {
        switch (s.producer) {
            case 0 -> next.add(claimed(s, protocol.atomicClaim));
            case 1 -> next.add(producerAt(s, 2, s.producerStoreBuffered, s.asleep, s.asleep, false));
            case 2 -> exchange(s, next);
            default -> {
                // The producer has gone.
            }
        }
    }

    private static State claimed(State s, boolean atomic) {
        return new State(
                s.loop, 1, s.asleep, atomic || s.mail, s.loopStoreBuffered, !atomic, s.loopSleeps, false, false);
    }

    /** Only who saw ASLEEP tries; an exchange is locked, so it waits until its own stores are out. */
    private static void exchange(State s, List<State> next) {
        if (!s.sawAsleep) {
            next.add(producerAt(s, 3, s.producerStoreBuffered, s.asleep, false, s.rung));
        } else if (!s.producerStoreBuffered) {
            next.add(producerAt(s, 3, false, false, true, s.asleep));
        }
    }

    private static State producerAt(
            State s, int step, boolean buffered, boolean asleep, boolean sawAsleep, boolean rung) {
        return new State(s.loop, step, asleep, s.mail, s.loopStoreBuffered, buffered, s.loopSleeps, sawAsleep, rung);
    }
}
