package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * Goal: nobody rings at a loop that is awake, and one caller rings at one that sleeps.
 *
 * <p>Method: the rules on one thread. That no wake-up is lost between two threads is shown in the module concurrency-tests,
 * and over a whole loop in LoopWakeupTest.
 */
class DoorbellTest {
    private final Doorbell doorbell = new Doorbell();

    @Test
    void nobodyRingsAtALoopThatIsAwake() {
        assertThat(doorbell.mustRing()).isFalse();
    }

    @Test
    void exactlyTheFirstCallerRingsAtALoopThatSleeps() {
        doorbell.asleep();
        assertThat(doorbell.mustRing()).isTrue();
        assertThat(doorbell.mustRing()).isFalse();
    }

    @Test
    void eachSleepHasItsOwnRing() {
        doorbell.asleep();
        doorbell.mustRing();
        doorbell.awake();
        assertThat(doorbell.mustRing()).isFalse();
        doorbell.asleep();
        assertThat(doorbell.mustRing()).isTrue();
    }

    @Test
    void aLoopThatWokeByItselfIsNotRungAt() {
        doorbell.asleep();
        doorbell.awake();
        assertThat(doorbell.mustRing()).isFalse();
    }
}
