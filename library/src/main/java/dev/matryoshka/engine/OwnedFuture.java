package dev.matryoshka.engine;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a task waits for work that is nobody's but its own: whoever is cancelled ends the work with the wait, so that nothing is
 * finished for nobody. Static methods only.
 */
public final class OwnedFuture {
    private OwnedFuture() {}

    /**
     * Parks the calling task until a future is complete. The caller has made sure that it is a task.
     *
     * @param undo what to do with a result that was there when the task was cancelled; it is not returned then
     * @throws InterruptedException cancelled; the future is cancelled too, or its result undone
     * @throws IOException what the future failed with; an unchecked failure is thrown as itself
     */
    public static <T> T await(CompletableFuture<T> future, Consumer<T> undo) throws IOException, InterruptedException {
        try {
            return future.get();
        } catch (InterruptedException cancelled) {
            if (!future.cancel(true) && !future.isCompletedExceptionally()) {
                undo.accept(future.join());
            }
            throw cancelled;
        } catch (ExecutionException failed) {
            throw rethrown(failed.getCause());
        }
    }

    private static IOException rethrown(@Nullable Throwable cause) {
        if (cause instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof IOException failure ? failure : new IOException(cause);
    }
}
