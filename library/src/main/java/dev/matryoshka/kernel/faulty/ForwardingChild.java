package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.NonBlockingIo;
import java.io.IOException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Passes every call on, with its pipes in the clothes of the wrapping kernel. Loop thread only. */
abstract class ForwardingChild implements ChildProcess {
    final ChildProcess inner;
    private final @Nullable NonBlockingIo stdin;
    private final @Nullable NonBlockingIo stdout;
    private final @Nullable NonBlockingIo stderr;

    /** @param dress puts a pipe into those clothes */
    ForwardingChild(ChildProcess inner, UnaryOperator<NonBlockingIo> dress) {
        this.inner = inner;
        this.stdin = dressed(inner.stdin(), dress);
        this.stdout = dressed(inner.stdout(), dress);
        this.stderr = dressed(inner.stderr(), dress);
    }

    private static @Nullable NonBlockingIo dressed(@Nullable NonBlockingIo pipe, UnaryOperator<NonBlockingIo> dress) {
        return pipe == null ? null : dress.apply(pipe);
    }

    @Override
    public long pid() {
        return inner.pid();
    }

    @Override
    public @Nullable NonBlockingIo stdin() {
        return stdin;
    }

    @Override
    public @Nullable NonBlockingIo stdout() {
        return stdout;
    }

    @Override
    public @Nullable NonBlockingIo stderr() {
        return stderr;
    }

    @Override
    public boolean tellsBrokenStdin() {
        return inner.tellsBrokenStdin();
    }

    @Override
    public int tryWait() {
        return inner.tryWait();
    }

    @Override
    public int awaitEnd(long nanosMax) {
        return inner.awaitEnd(nanosMax);
    }

    @Override
    public void signal(int number) throws IOException {
        inner.signal(number);
    }

    @Override
    public @Nullable IOException takeError() {
        return inner.takeError();
    }

    @Override
    public boolean isOpen() {
        return inner.isOpen();
    }

    @Override
    public void close() {
        inner.close();
    }

    @Override
    public String toString() {
        return inner.toString();
    }
}
