package dev.matryoshka.loop;

/** Gets what nobody caught: see {@link Loop#setExceptionHandler}. */
@FunctionalInterface
public interface ExceptionHandler {
    /**
     * Called on the loop thread, never twice for one failure. What it throws is reported through the default handler; the
     * loop lives on.
     */
    void handle(Loop loop, ExceptionContext context);
}
