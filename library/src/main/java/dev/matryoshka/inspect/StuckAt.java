package dev.matryoshka.inspect;

import java.util.List;

/**
 * What a loop was doing when it should have answered.
 *
 * @param thread the task, the loop task (which runs the callbacks), or the platform thread of a loop without tasks
 * @param stack where it is, innermost first
 */
public record StuckAt(String thread, List<StackTraceElement> stack) {
    /** Copies the stack. */
    public StuckAt {
        stack = List.copyOf(stack);
    }
}
