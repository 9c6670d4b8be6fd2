package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.Parcel;
import dev.matryoshka.kernel.Watchable;
import java.io.IOException;

/**
 * The rules that are the same for everything a kernel opens: no call after close, one close, deregistered before it, one caller
 * at a time, ranges inside the memory. Loop thread only, and says so when it is not.
 */
final class CheckedLife {
    private final CheckingKernel kernel;
    private final Referee referee;
    private final Watchable inner;
    final History history = new History();
    private boolean closed;

    /** Set by the poller. */
    boolean registered;

    CheckedLife(CheckingKernel kernel, Watchable inner, String origin) {
        this.kernel = kernel;
        this.referee = kernel.referee();
        this.inner = inner;
        history.add(origin);
    }

    boolean isOf(CheckingKernel owner) {
        return kernel == owner;
    }

    /** Enters a call: it is open, and nobody else is inside. */
    Referee.Inside use(String call) {
        if (closed) {
            throw referee.misuse(call + " after close: " + inner, history);
        }
        Referee.Inside inside = referee.enter(call, history);
        history.add(call);
        return inside;
    }

    /** The caller broke a rule. */
    IllegalStateException misuse(String what) {
        return referee.misuse(what, history);
    }

    /** The kernel broke a rule. */
    AssertionError fault(String what) {
        return referee.fault(what, history);
    }

    /** @param least how short the range may be: 1, or 0 where that means something */
    void checkRange(Chunk chunk, int offset, int length, int least) {
        if (offset < 0 || length < least || length > chunk.capacity() - offset) {
            throw misuse(length + " bytes at " + offset + " of a chunk of " + chunk.capacity());
        }
    }

    /** The wrapper's close. */
    void close(Checked wrapper) {
        try (var _ = use("close")) {
            if (registered) {
                throw misuse("close before deregister: " + inner);
            }
            closed = true;
            kernel.remove(wrapper);
            inner.close();
        }
    }

    /** How the kernel lets go of it. */
    @FunctionalInterface
    interface Letting {
        Parcel go() throws IOException;
    }

    /** It goes to another kernel: over for this one, unless that fails. */
    Parcel release(Checked wrapper, Letting letting) throws IOException {
        try (var _ = use("release")) {
            if (registered) {
                throw misuse("release before deregister: " + inner);
            }
            Parcel parcel = letting.go();
            closed = true;
            kernel.remove(wrapper);
            return parcel;
        }
    }

    /** The kernel closes what was left open. */
    void kernelClosed() {
        closed = true;
    }
}
