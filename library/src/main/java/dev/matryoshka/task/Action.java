package dev.matryoshka.task;

/** Code without a result that may throw and may park; {@link java.util.concurrent.Callable} is its sister with one. */
@FunctionalInterface
public interface Action {
    /** Runs the code. */
    void run() throws Exception;
}
