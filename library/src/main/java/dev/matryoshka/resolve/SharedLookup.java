package dev.matryoshka.resolve;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One look-up and everybody who waits for it. Guarded by its {@link LookupPool}'s lock while it is under way; afterwards the
 * thread that looked up has it for itself.
 *
 * @param <K> what is asked for
 * @param <T> the answer
 */
final class SharedLookup<K, T> {
    private final K key;
    private final List<CompletableFuture<T>> answers = new ArrayList<>(1);

    SharedLookup(K key) {
        this.key = key;
    }

    K key() {
        return key;
    }

    /** One more who waits; each has a future of its own, so that one can give up without the others. */
    void add(CompletableFuture<T> answer) {
        answers.removeIf(CompletableFuture::isDone);
        answers.add(answer);
    }

    boolean isWanted() {
        return answers.stream().anyMatch(answer -> !answer.isDone());
    }

    /** Without the lock: what depends on the answers runs here. */
    void complete(@Nullable T found, @Nullable Throwable failure) {
        for (CompletableFuture<T> answer : answers) {
            if (found == null) {
                answer.completeExceptionally(
                        failure != null ? failure : new NullPointerException("no answer to " + key));
            } else {
                answer.complete(found);
            }
        }
    }
}
