package dev.matryoshka.process;

import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.Described;
import dev.matryoshka.engine.Inspection;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Origin;
import dev.matryoshka.engine.PipeHandover;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.engine.WatchChannel;
import dev.matryoshka.inspect.ConnectionSnapshot;
import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.PipeMode;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A child and its pipes (asyncio's {@code BaseSubprocessTransport}). Loop thread only.
 *
 * <p>The child itself is one more thing in the loop's poll: no thread waits for it, and no SIGCHLD is needed. Its pipes are
 * transports like others, with protocols that tell this one. It is over when the child has ended and every pipe has, in whatever
 * order.
 */
final class ChildTransport implements SubprocessTransport, ChannelListener, Described {
    private static final int STREAMS = 3;

    /** How long the end of a loop waits for a child that it has killed: one that sits in a broken file system may never die. */
    private static final long DEATH_NANOS = Duration.ofSeconds(1).toNanos();

    private final LoopEngine engine;
    private final ChildProcess child;
    private final long pid;
    private final WatchChannel channel;
    private final @Nullable Transport[] pipes = new @Nullable Transport[STREAMS];
    private final List<Waiter> exitWaiters = new ArrayList<>(1);
    private final List<Waiter> endWaiters = new ArrayList<>(1);
    private SubprocessProtocol protocol;
    private ChildState state = ChildState.STARTED;
    private final long startedNanos;

    /** In debug mode where it was started. */
    private final @Nullable Origin origin;

    /** Pipes that are not over. */
    private int pipesOpen;

    private boolean closing;
    private @Nullable Integer returnCode;

    /** @throws IOException the child cannot be watched; it is still the caller's */
    ChildTransport(LoopEngine engine, ChildProcess child, SubprocessProtocol protocol) throws IOException {
        this.engine = engine;
        this.child = child;
        this.pid = child.pid();
        this.protocol = protocol;
        this.startedNanos = engine.time();
        this.origin = engine.reporter().origin("started here");
        this.channel = WatchChannel.open(engine, child, this);
    }

    /** Puts transports on its pipes, before {@link #begin()}. A pipe that cannot be watched is closed, and the child given up. */
    void connectPipes() throws IOException {
        NonBlockingIo[] ends = {child.stdin(), child.stdout(), child.stderr()};
        for (int stream = 0; stream < STREAMS; stream++) {
            if (ends[stream] != null) {
                try {
                    connectPipe(stream, ends[stream]);
                } catch (IOException | RuntimeException failed) {
                    for (int rest = stream; rest < STREAMS; rest++) {
                        if (ends[rest] != null) {
                            ends[rest].close();
                        }
                    }
                    throw failed;
                }
            }
        }
    }

    private void connectPipe(int stream, NonBlockingIo end) throws IOException {
        PipeMode mode = stream == 0 ? PipeMode.WRITE : PipeMode.READ;
        PipeProtocol told = new PipeProtocol(this, stream);
        pipes[stream] = TappedPipe.on((Transport) PipeHandover.connect(engine, end, mode, told), this, stream, told);
        pipesOpen++;
    }

    /** Calls {@code connectionMade}, then lets the end of the child come. */
    void begin() {
        state = state.to(ChildState.RUNNING);
        try {
            protocol.connectionMade(this);
        } catch (Throwable escaped) {
            report("Exception in callback connectionMade()", escaped);
        }
        channel.wantRead(true);
    }

    // ---- the child's end ------------------------------------------------------------------------------------------

    @Override
    public boolean onReadable() {
        int code = child.tryWait();
        if (code == ChildProcess.RUNNING) {
            channel.noteDrained();
        } else {
            exited(code);
        }
        return false;
    }

    private void exited(int code) {
        channel.wantRead(false);
        if (state != ChildState.RUNNING) {
            return;
        }
        state = state.to(ChildState.EXITED);
        returnCode = code;
        Transport stdin = pipes[0];
        if (stdin != null && !child.tellsBrokenStdin()) {
            stdin.abort();
        }
        exitWaiters.forEach(Waiter::signal);
        tell("processExited", () -> protocol.processExited());
        endIfDone();
    }

    void pipeLost(int stream, @Nullable Throwable exception) {
        if (state == ChildState.STARTED) {
            return; // it was abandoned: its protocol never hears of it
        }
        pipesOpen--;
        tell("pipeConnectionLost", () -> protocol.pipeConnectionLost(stream, exception));
        endIfDone();
    }

    private void endIfDone() {
        if (state == ChildState.EXITED && pipesOpen == 0) {
            end();
        }
    }

    /** Never from inside a callback of the child's: {@code connectionLost} is the last one. */
    private void end() {
        state = state.to(ChildState.OVER);
        closing = true;
        engine.callSoon(this::lost);
    }

    private void lost() {
        tell("connectionLost", () -> protocol.connectionLost(null));
        channel.close();
        exitWaiters.forEach(Waiter::signal);
        endWaiters.forEach(Waiter::signal);
    }

    private void tell(String callback, Runnable call) {
        try {
            call.run();
        } catch (Throwable escaped) {
            report("Exception in callback " + callback + "()", escaped);
        }
    }

    private void report(String message, Throwable exception) {
        engine.reporter()
                .report(ExceptionContext.of(message, exception)
                        .with("transport", this)
                        .with("protocol", protocol)
                        .withOrigin(origin));
    }

    // ---- ending it ------------------------------------------------------------------------------------------------

    @Override
    public void close() {
        engine.checkLoopThread();
        if (closing) {
            return;
        }
        closing = true;
        for (Transport pipe : pipes) {
            if (pipe != null) {
                pipe.abort();
            }
        }
        try {
            child.signal(Signal.SIGKILL.number());
        } catch (IOException refused) {
            report("A child that runs as another user cannot be killed; it is waited for", refused);
        }
    }

    /** Instead of {@link #begin()}, when it cannot be: whoever lets go of a child has it waited for in the background. */
    void abandon() {
        close();
        channel.close();
    }

    /** All children of the loop are killed first, and waited for in the next pass: they die at the same time. */
    @Override
    public void onLoopClosing() {
        close();
        engine.callSoon(this::awaitDeath);
    }

    private void awaitDeath() {
        if (state != ChildState.RUNNING) {
            return;
        }
        int code = child.awaitEnd(DEATH_NANOS);
        if (code != ChildProcess.RUNNING) {
            exited(code);
        } else {
            end(); // it is waited for in the background
        }
    }

    @Override
    public boolean sendSignal(Signal signal) throws IOException {
        engine.checkLoopThread();
        if (returnCode != null || channel.isClosed() || child.tryWait() != ChildProcess.RUNNING) {
            return false;
        }
        child.signal(signal.number());
        return true;
    }

    @Override
    public boolean terminate() throws IOException {
        return sendSignal(Signal.SIGTERM);
    }

    @Override
    public boolean kill() throws IOException {
        return sendSignal(Signal.SIGKILL);
    }

    // ---- waiting --------------------------------------------------------------------------------------------------

    /** In a task: parks until the child has ended; null when the loop gave up on it. */
    @Nullable
    Integer awaitExit() throws InterruptedException {
        while (returnCode == null && state != ChildState.OVER) {
            await(exitWaiters);
        }
        return returnCode;
    }

    /** In a task: parks until the pipes are over too. */
    void awaitOver() throws InterruptedException {
        while (!channel.isClosed()) {
            await(endWaiters);
        }
    }

    private static void await(List<Waiter> waiters) throws InterruptedException {
        Waiter waiter = new Waiter();
        waiters.add(waiter);
        try {
            waiter.await();
        } finally {
            waiters.remove(waiter);
        }
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    @Override
    public void onWritable() {
        channel.wantWrite(false);
    }

    @Override
    public void onHangup() {}

    LoopEngine engine() {
        return engine;
    }

    @Override
    public Loop loop() {
        return engine.face();
    }

    @Override
    public long pid() {
        return pid;
    }

    @Override
    public @Nullable Integer returnCode() {
        engine.checkLoopThread();
        return returnCode;
    }

    @Override
    public @Nullable Transport pipeTransport(int stream) {
        engine.checkLoopThread();
        return pipes[Objects.checkIndex(stream, STREAMS)];
    }

    @Override
    public boolean isClosing() {
        engine.checkLoopThread();
        return closing;
    }

    @Override
    public void setProtocol(SubprocessProtocol newProtocol) {
        engine.checkLoopThread();
        protocol = Objects.requireNonNull(newProtocol, "protocol");
    }

    @Override
    public SubprocessProtocol protocol() {
        return protocol;
    }

    @Override
    public void describe(Inspection into) {
        into.add(new ConnectionSnapshot(
                "child",
                "pid=" + pid + ", " + state,
                null,
                null,
                ConnectionSnapshot.Traffic.NONE,
                Duration.ofNanos(engine.time() - startedNanos),
                protocol.getClass().getName(),
                Origin.text(origin)));
    }

    /** As {@code SubprocessTransport[pid=17, RUNNING]}, {@code SubprocessTransport[pid=17, OVER, returnCode=-9]}. */
    @Override
    public String toString() {
        return "SubprocessTransport[pid=" + pid + ", " + state
                + (returnCode == null ? "" : ", returnCode=" + returnCode)
                + (closing && state == ChildState.RUNNING ? ", closing" : "") + "]";
    }
}
