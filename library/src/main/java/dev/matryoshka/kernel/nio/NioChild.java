package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.kernel.SpawnRequest;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A child of the JDK's. Loop thread only.
 *
 * <p>The JDK waits for it by a thread of its own, and gives its streams as blocking ones. So that a selector hears of both, each
 * is put behind a pipe inside this process: {@link NioPump} moves the bytes, and the end of the child closes the writing end of one
 * more pipe, whose reading end the loop watches.
 *
 * <pre>
 *   child ══▶ its stdout ── NioPump (a thread) ──▶ Pipe ──▶ NioPipe, watched
 *   child ended ── the JDK's thread ── closes ───▶ Pipe ──▶ this, watched
 * </pre>
 */
final class NioChild implements ChildProcess, NioWatchable {
    /** Of signal(7); the JDK knows these two by other names. */
    private static final int SIGKILL = 9;

    private static final int SIGTERM = 15;

    /** The JDK answers 128 + n for a child that signal n has ended; n goes to 31. */
    private static final int SIGNALLED = 128;

    private static final int SIGNALS_MAX = 31;

    private final NioRegistration registration = new NioRegistration();
    private final NioKernel kernel;
    private final Process process;

    /** Readable from the end of the child on. */
    private final Pipe.SourceChannel ended;

    private final @Nullable NonBlockingIo stdin;
    private final @Nullable NonBlockingIo stdout;
    private final @Nullable NonBlockingIo stderr;
    private int returnCode = RUNNING;
    private boolean closed;

    private NioChild(NioKernel kernel, Process process, Pipe.SourceChannel ended, @Nullable NonBlockingIo[] pipes) {
        this.kernel = kernel;
        this.process = process;
        this.ended = ended;
        this.stdin = pipes[0];
        this.stdout = pipes[1];
        this.stderr = pipes[2];
    }

    /** @param threads one for each pipe */
    static NioChild start(NioKernel kernel, SpawnRequest request, Executor threads) throws IOException {
        if (request.leads() != SpawnRequest.Leads.NOTHING) {
            throw new UnsupportedOperationException(
                    "the nio kernel cannot start a child in a process group or session of its own: the JDK has no way"
                            + " to");
        }
        NioChildBuilder builder = new NioChildBuilder(kernel, request, threads);
        Pipe end = Pipe.open();
        try {
            Process process = builder.start();
            SelectableChannel ignored = end.source().configureBlocking(false);
            NioChild child = new NioChild(kernel, process, end.source(), builder.pipes());
            process.onExit().thenRun(() -> NioPump.close(end.sink()));
            return child;
        } catch (IOException | RuntimeException failed) {
            NioPump.close(end.source());
            NioPump.close(end.sink());
            throw failed;
        }
    }

    @Override
    public long pid() {
        return process.pid();
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

    /** A selector does not tell a writer that nobody reads, and the JDK lets writes to a dead child vanish. */
    @Override
    public boolean tellsBrokenStdin() {
        return false;
    }

    @Override
    public int tryWait() {
        if (returnCode == RUNNING && !process.isAlive()) {
            int code = process.exitValue();
            boolean signalled = code > SIGNALLED && code <= SIGNALLED + SIGNALS_MAX;
            returnCode = signalled ? SIGNALLED - code : code;
        }
        return returnCode;
    }

    @Override
    public int awaitEnd(long nanosMax) {
        boolean interrupted = Thread.interrupted();
        try {
            boolean ignored = process.waitFor(nanosMax, TimeUnit.NANOSECONDS);
        } catch (InterruptedException again) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return tryWait();
    }

    /** The JDK itself makes sure that the number is still the child's. */
    @Override
    public void signal(int number) {
        if (tryWait() != RUNNING) {
            return;
        }
        switch (number) {
            case SIGTERM -> process.destroy();
            case SIGKILL -> {
                Process ignored = process.destroyForcibly();
            }
            default ->
                throw new UnsupportedOperationException(
                        "the nio kernel can only send SIGTERM and SIGKILL to a child, not " + number
                                + ": the JDK has no way to; the epoll kernel has");
        }
    }

    // ---- what the poller asks -------------------------------------------------------------------------------------

    @Override
    public NioRegistration registration() {
        return registration;
    }

    @Override
    public SelectableChannel channel() {
        return ended;
    }

    @Override
    public boolean isRoleless() {
        return false;
    }

    @Override
    public int operations(int interest) {
        return (interest & Readiness.READABLE) != 0 ? SelectionKey.OP_READ : 0;
    }

    @Override
    public void ensureOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    @Override
    public @Nullable IOException takeError() {
        return null;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    /** The JDK waits for the child whether or not somebody watches. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        kernel.remove(this);
        if (ended.isRegistered()) {
            kernel.poller().deregister(this);
            kernel.poller().flush();
        }
        kernel.systemCalls().close++;
        NioPump.close(ended);
    }

    @Override
    public String toString() {
        return "NioChild[" + process.pid() + (returnCode == RUNNING ? "" : ", ended with " + returnCode) + "]";
    }
}
