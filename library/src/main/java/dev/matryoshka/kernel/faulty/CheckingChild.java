package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.NonBlockingIo;
import java.io.IOException;
import java.util.function.UnaryOperator;

/**
 * A child that knows its rules: those of {@link CheckedLife}, and that an end is final. Loop thread only, and says so when it is
 * not.
 */
final class CheckingChild extends ForwardingChild implements Checked {
    private final CheckedLife life;
    private int seen = RUNNING;

    CheckingChild(CheckingKernel kernel, ChildProcess inner, UnaryOperator<NonBlockingIo> dress) {
        super(inner, dress);
        this.life = new CheckedLife(kernel, inner, "started");
    }

    @Override
    public ChildProcess inner() {
        return inner;
    }

    @Override
    public CheckedLife life() {
        return life;
    }

    @Override
    public int tryWait() {
        try (var _ = life.use("tryWait")) {
            return checked(inner.tryWait());
        }
    }

    @Override
    public int awaitEnd(long nanosMax) {
        try (var _ = life.use("awaitEnd " + nanosMax)) {
            return checked(inner.awaitEnd(nanosMax));
        }
    }

    private int checked(int code) {
        if (seen != RUNNING && code != seen) {
            throw life.fault("a child that ended with " + seen + " now says " + code);
        }
        seen = code;
        return code;
    }

    @Override
    public void signal(int number) throws IOException {
        try (var _ = life.use("signal " + number)) {
            if (number < 1) {
                throw life.misuse("signal " + number);
            }
            inner.signal(number);
        }
    }

    @Override
    public void close() {
        life.close(this);
    }
}
