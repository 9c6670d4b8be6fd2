package dev.matryoshka.loop;

/** The loop was closed before the call (asyncio: {@code RuntimeError: Event loop is closed}). */
public final class LoopClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /** @param loopName which loop */
    public LoopClosedException(String loopName) {
        super("event loop is closed: " + loopName);
    }
}
