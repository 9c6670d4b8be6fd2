package dev.matryoshka.kernel.faulty;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Notes violations, and sees to it that one call at a time is inside a kernel. Any thread.
 *
 * <p>Which thread it is does not matter: a loop polls on its carrier and calls from its tasks. That two are never inside
 * together does, and that nobody calls back while a poll walks its results.
 */
final class Referee {
    /** Leaves the kernel; made once, because every call needs one. */
    interface Inside extends AutoCloseable {
        @Override
        void close();
    }

    private final List<String> violations = new CopyOnWriteArrayList<>();

    /** Who is inside the kernel, and what it does there. */
    private final AtomicReference<@Nullable Thread> insider = new AtomicReference<>();

    private volatile String doing = "";
    private final Inside leave = () -> insider.set(null);

    /**
     * Enters the kernel.
     *
     * @throws IllegalStateException somebody is inside
     */
    Inside enter(String call, @Nullable History history) {
        Thread me = Thread.currentThread();
        Thread other = insider.compareAndExchange(null, me);
        if (other == me) {
            throw misuse(call + " from inside " + doing + ": a sink only notes events", history);
        }
        if (other != null) {
            throw misuse(call + " on " + me + " while " + other + " is inside " + doing, history);
        }
        doing = call;
        return leave;
    }

    /** The caller broke a rule. */
    IllegalStateException misuse(String what, @Nullable History history) {
        return new IllegalStateException(note(what, history));
    }

    /** The kernel broke a rule. */
    AssertionError fault(String what, @Nullable History history) {
        return new AssertionError(note(what, history));
    }

    private String note(String what, @Nullable History history) {
        String text = history == null ? what : what + "\n" + history;
        violations.add(text);
        return text;
    }

    List<String> violations() {
        return List.copyOf(violations);
    }
}
