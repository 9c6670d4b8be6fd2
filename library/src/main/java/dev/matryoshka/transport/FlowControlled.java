package dev.matryoshka.transport;

/**
 * Who is told when to stop writing and when to go on: every protocol. Called by the loop, on its thread; the two come in strict
 * turns, {@code (pauseWriting resumeWriting)*}.
 */
public interface FlowControlled {
    /**
     * The write buffer has grown above the high-water mark: stop writing until {@link #resumeWriting()}. Called from inside
     * the write, not later. Nothing enforces it; the buffer grows on if it is ignored.
     */
    default void pauseWriting() {}

    /** The write buffer has drained to the low-water mark. Called where the draining happens, which may be inside a write. */
    default void resumeWriting() {}
}
