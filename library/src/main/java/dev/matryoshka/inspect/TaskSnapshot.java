package dev.matryoshka.inspect;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One task that has not ended.
 *
 * @param id of its thread: unique in the JVM, never 0
 * @param name for people; need not be unique
 * @param state of its thread: {@code NEW} before its first step, {@code RUNNABLE} when it runs or is about to, else it waits
 * @param waitsFor what it waits for, in words; empty when it does not wait, or waits for something that has no name
 * @param awaits the id of the task that it awaits; 0 for none
 * @param holder the id of the task that holds the group which this one belongs to; 0 for none
 * @param stack where it is, innermost first, at most 64 frames; taken a moment later than the rest
 * @param origin in debug mode where it was made, else null
 */
public record TaskSnapshot(
        long id,
        String name,
        Thread.State state,
        String waitsFor,
        long awaits,
        long holder,
        List<StackTraceElement> stack,
        @Nullable String origin) {
    private static final int FRAMES_MAX = 64;

    /** Copies the stack, and cuts it. */
    public TaskSnapshot {
        stack = List.copyOf(stack.subList(0, Math.min(FRAMES_MAX, stack.size())));
    }

    /** The same, at another place. */
    public TaskSnapshot withStack(List<StackTraceElement> newStack) {
        return new TaskSnapshot(id, name, state, waitsFor, awaits, holder, newStack, origin);
    }
}
