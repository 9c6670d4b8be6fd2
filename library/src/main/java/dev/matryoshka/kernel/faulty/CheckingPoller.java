package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.kernel.ReadySink;
import dev.matryoshka.kernel.Watchable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A poller that knows its rules. Loop thread only, but for {@link #wakeup()}.
 *
 * <p>Rules for the caller: one registration a socket, one socket a token, interest only in what is registered. Rules for the
 * kernel: no event without a registration, no unknown bits, and as many events as it says.
 */
final class CheckingPoller implements Poller {
    private static final int DIRECTIONS = Readiness.READABLE | Readiness.WRITABLE;
    private static final int BITS = DIRECTIONS | Readiness.HANGUP | Readiness.ERROR | Readiness.URGENT;

    private final CheckingKernel kernel;
    private final Poller inner;
    private final Referee referee;
    private final Map<Long, Checked> registered = new HashMap<>();

    /** Deregistered, to be closed before the next poll. */
    private final List<Watchable> leaving = new ArrayList<>();

    private int reported;

    CheckingPoller(CheckingKernel kernel, Poller inner) {
        this.kernel = kernel;
        this.inner = inner;
        this.referee = kernel.referee();
    }

    @Override
    public void register(Watchable watchable, long token) throws IOException {
        Checked checked = ours(watchable);
        try (var _ = checked.life().use("register " + token)) {
            if (checked.life().registered) {
                throw referee.misuse("registered twice: " + watchable, checked.life().history);
            }
            if (registered.containsKey(token)) {
                throw referee.misuse("token " + token + " belongs to " + registered.get(token), checked.life().history);
            }
            inner.register(checked.inner(), token);
            registered.put(token, checked);
            checked.life().registered = true;
        }
    }

    @Override
    public void interest(Watchable watchable, int interest) throws IOException {
        Checked checked = ours(watchable);
        try (var _ = checked.life().use("interest " + interest)) {
            if (!checked.life().registered) {
                throw referee.misuse("interest before register: " + watchable, checked.life().history);
            }
            if ((interest & ~DIRECTIONS) != 0) {
                throw referee.misuse("interest in " + interest, checked.life().history);
            }
            inner.interest(checked.inner(), interest);
        }
    }

    @Override
    public void deregister(Watchable watchable) {
        Checked checked = ours(watchable);
        try (var _ = checked.life().use("deregister")) {
            registered.values().remove(checked);
            checked.life().registered = false;
            inner.deregister(checked.inner());
        }
    }

    @Override
    public void deregisterToClose(Watchable watchable) {
        Checked checked = ours(watchable);
        try (var _ = checked.life().use("deregisterToClose")) {
            registered.values().remove(checked);
            checked.life().registered = false;
            leaving.add(checked.inner());
            inner.deregisterToClose(checked.inner());
        }
    }

    /** Who was let go for its close could be reported to nobody. */
    private void checkLeft() {
        for (Watchable each : leaving) {
            if (each.isOpen()) {
                throw referee.misuse("polled before the close that was announced: " + each, null);
            }
        }
        leaving.clear();
    }

    private Checked ours(Watchable watchable) {
        if (watchable instanceof Checked checked && checked.life().isOf(kernel)) {
            return checked;
        }
        throw referee.misuse("not of this kernel: " + watchable, null);
    }

    @Override
    public int poll(long timeoutNanos, ReadySink sink) throws IOException {
        kernel.ensureOpen("poll");
        checkLeft();
        try (var _ = referee.enter("poll", null)) {
            reported = 0;
            int count = inner.poll(timeoutNanos, (token, bits) -> pass(token, bits, sink));
            if (count != reported) {
                throw referee.fault("poll answered " + count + " and reported " + reported + " events", null);
            }
            return count;
        }
    }

    private void pass(long token, int bits, ReadySink sink) {
        reported++;
        Checked checked = registered.get(token);
        if (checked == null) {
            throw referee.fault("an event of token " + token + ", which is not registered", null);
        }
        if (bits == 0 || (bits & ~BITS) != 0) {
            throw referee.fault("readiness " + bits + " of token " + token, checked.life().history);
        }
        checked.life().history.add("ready " + bits);
        sink.ready(token, bits);
    }

    @Override
    public void wakeup() {
        inner.wakeup();
    }

    @Override
    public boolean pollsOnVirtualThread() {
        return inner.pollsOnVirtualThread();
    }

    @Override
    public boolean repeatsListeners() {
        return inner.repeatsListeners();
    }
}
