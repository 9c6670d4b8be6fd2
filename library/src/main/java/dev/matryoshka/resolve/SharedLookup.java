package dev.matryoshka.resolve;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One look-up and everybody who waits for it. Guarded by the resolver's lock while it is under way; afterwards the thread that
 * looked up has it for itself.
 */
final class SharedLookup {
    private final String name;
    private final List<CompletableFuture<List<InetAddress>>> answers = new ArrayList<>(1);

    SharedLookup(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    /** One more who waits; each has a future of its own, so that one can give up without the others. */
    void add(CompletableFuture<List<InetAddress>> answer) {
        answers.removeIf(CompletableFuture::isDone);
        answers.add(answer);
    }

    boolean isWanted() {
        return answers.stream().anyMatch(answer -> !answer.isDone());
    }

    /** Without the lock: what depends on the answers runs here. */
    void complete(List<InetAddress> found, @Nullable Throwable failure) {
        for (CompletableFuture<List<InetAddress>> answer : answers) {
            if (failure != null) {
                answer.completeExceptionally(failure);
            } else {
                answer.complete(found);
            }
        }
    }
}
