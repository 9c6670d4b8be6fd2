package dev.matryoshka.kernel;

/** Takes what a poll found. It only notes the events: user code never runs while a kernel's results are being walked. */
@FunctionalInterface
public interface ReadySink {
    /**
     * @param token what {@link Poller#register} was given; a stale one is possible and must be ignored
     * @param readiness one or more bits of {@link Readiness}
     */
    void ready(long token, int readiness);
}
