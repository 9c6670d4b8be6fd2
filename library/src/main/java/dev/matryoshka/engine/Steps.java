package dev.matryoshka.engine;

import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.TimerHandle;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Work in several steps behind one future, as a connection is: look-up, connect, handshake. Loop thread only, but for what the
 * caller does with {@link #whole()}.
 *
 * <p>Whoever ends the whole early (cancel, from the loop or from elsewhere; a timeout of the JDK) ends the step that is under
 * way with it. Not a chain of {@code thenCompose}: cancelling a link of such a chain does not reach the link before it, and a
 * connection would be made for nobody, and stay open.
 *
 * @param <T> what all of it gives
 */
public final class Steps<T> {
    private final LoopEngine engine;
    private final CompletableFuture<T> whole = new CompletableFuture<>();

    /** What is under way. */
    private @Nullable CompletableFuture<?> step;

    private @Nullable TimerHandle limit;

    public Steps(LoopEngine engine) {
        this.engine = engine;
        whole.whenComplete((result, failure) -> toLoop());
    }

    /** The caller's future; completes on the loop, unless somebody else completes it. */
    public CompletableFuture<T> whole() {
        return whole;
    }

    public boolean isDone() {
        return whole.isDone();
    }

    /**
     * Goes on with a step. What it gives is passed on also when the whole is over by then, so that the receiver can close it.
     *
     * @param step completes on the loop; its failure fails the whole
     */
    public <S> void follow(CompletableFuture<S> step, Consumer<S> then) {
        this.step = step;
        step.whenComplete((value, failure) -> {
            if (failure != null) {
                fail(failure);
            } else {
                proceed(value, then);
            }
        });
        if (whole.isDone()) {
            step.cancel(true); // given up from another thread, which could not see this step yet
        }
    }

    private <S> void proceed(S value, Consumer<S> then) {
        try {
            then.accept(value);
        } catch (Throwable escaped) {
            fail(escaped);
        }
    }

    /** Ends the whole with a failure, unless it is over. */
    public void fail(Throwable failure) {
        Throwable cause = failure.getCause();
        whole.completeExceptionally(failure instanceof CompletionException && cause != null ? cause : failure);
    }

    /** Ends the whole with its result; false when it is over, and the result is still the caller's. */
    public boolean complete(T result) {
        return whole.complete(result);
    }

    /**
     * Limits how long all of it may take.
     *
     * @param late makes the failure when the time is over
     */
    public void limit(Duration time, Supplier<? extends Throwable> late) {
        limit = engine.face().callLater(time, () -> fail(late.get()));
        if (whole.isDone()) {
            over();
        }
    }

    private void toLoop() {
        if (engine.isLoopThread()) {
            over();
            return;
        }
        try {
            engine.callSoonThreadsafe(this::over);
        } catch (LoopClosedException closed) {
            // The loop has dropped everything that was on its way.
            return;
        }
    }

    private void over() {
        if (limit != null) {
            limit.cancel();
        }
        if (step != null) {
            step.cancel(true); // nothing happens to one that has ended
        }
    }
}
