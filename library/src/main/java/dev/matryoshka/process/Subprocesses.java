package dev.matryoshka.process;

import dev.matryoshka.engine.BackgroundThreads;
import dev.matryoshka.engine.CarriedThreads;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.SpawnRequest;
import dev.matryoshka.kernel.SpawnRequest.Leads;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.stream.StreamOptions;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Starts children (asyncio's {@code subprocess_exec}, {@code create_subprocess_exec} and the like for shells). Loop thread only.
 *
 * <p>Nothing here parks: when the call returns the child runs, and what was wrong with it was thrown. Starting blocks the loop for
 * about a millisecond, since the system answers only when the program has been found executable.
 *
 * <p>The child gets its three streams and no other descriptor, no blocked signal, and every signal at its default but an ignored
 * SIGHUP (nohup). Its end is always collected, also when the loop has been closed before: then it is killed first.
 *
 * <p>On the epoll kernel that is posix_spawn(3) and a pidfd in the loop's own poll; no thread waits. On the nio kernel the JDK
 * starts the child, a thread for each pipe moves its bytes, and one of the JDK's waits. The differences there:
 * <ul>
 *   <li>only SIGTERM and SIGKILL can be sent, and no group or session be made;
 *   <li>argument 0 is the path of the program;
 *   <li>a child that exits with 128 + n counts as ended by signal n, because the JDK does not tell these apart;
 *   <li>that a child does not read its input any more is noticed at the second write, not at once;
 *   <li>what processes that it has left behind write after its exit may be cut off.
 * </ul>
 * The kernel in memory has no processes.
 */
public final class Subprocesses {
    private static final String SHELL = "/bin/sh";

    private Subprocesses() {}

    // ---- with a protocol ------------------------------------------------------------------------------------------

    /**
     * Starts a program (asyncio {@code subprocess_exec}).
     *
     * @param factory called once, before the child is started
     * @param command the program, looked for on the PATH of the child unless it has a slash; then its arguments
     * @return both halves; {@code connectionMade} has been called
     * @throws java.nio.file.NoSuchFileException no such program, directory or file to redirect to; it names it
     * @throws java.nio.file.AccessDeniedException it may not be executed or opened
     * @throws IOException the system refused; the program is in the message
     * @throws IllegalArgumentException no program, or a NUL in an argument
     * @throws UnsupportedOperationException the kernel of this loop cannot do that; the message says which can
     */
    public static <P extends SubprocessProtocol> SubprocessConnection<P> subprocessExec(
            Loop loop, Supplier<P> factory, SubprocessOptions options, String... command) throws IOException {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        SpawnRequest request = request(options, List.of(command));
        P protocol = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
        return new SubprocessConnection<>(start(engine, request, protocol), protocol);
    }

    /** As {@link #subprocessExec} for a line of {@code /bin/sh} (asyncio {@code subprocess_shell}). Quote what is not yours. */
    public static <P extends SubprocessProtocol> SubprocessConnection<P> subprocessShell(
            Loop loop, Supplier<P> factory, SubprocessOptions options, String commandLine) throws IOException {
        return subprocessExec(loop, factory, options, SHELL, "-c", commandLine);
    }

    // ---- with streams ---------------------------------------------------------------------------------------------

    /**
     * Starts a program whose pipes are streams (asyncio {@code create_subprocess_exec}).
     *
     * @param streamOptions of its readers
     * @throws IOException and the rest as {@link #subprocessExec}
     * @throws IllegalStateException the JVM lacks the option that tasks need; the message names it
     */
    public static Subprocess createSubprocessExec(
            Loop loop, SubprocessOptions options, StreamOptions streamOptions, String... command) throws IOException {
        String problem = CarriedThreads.problem();
        if (problem != null) {
            throw new IllegalStateException(problem);
        }
        Objects.requireNonNull(streamOptions, "streamOptions");
        return subprocessExec(loop, () -> new StreamsOfChild(streamOptions), options, command)
                .protocol()
                .subprocess();
    }

    /** As {@link #createSubprocessExec} for a line of {@code /bin/sh} (asyncio {@code create_subprocess_shell}). */
    public static Subprocess createSubprocessShell(
            Loop loop, SubprocessOptions options, StreamOptions streamOptions, String commandLine) throws IOException {
        return createSubprocessExec(loop, options, streamOptions, SHELL, "-c", commandLine);
    }

    // ---- starting -------------------------------------------------------------------------------------------------

    private static SpawnRequest request(SubprocessOptions options, List<String> command) throws IOException {
        if (command.isEmpty() || command.getFirst().isEmpty()) {
            throw new IllegalArgumentException("no program to start: " + command);
        }
        for (String argument : command) {
            if (argument.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("a NUL in an argument of " + command.getFirst());
            }
        }
        String program = Programs.find(command.getFirst(), options.environment(), options.directory());
        return new SpawnRequest(
                program,
                command,
                options.environment(),
                options.directory(),
                options.stdin().plan(),
                options.stdout().plan(),
                options.stderr().plan(),
                switch (options.group()) {
                    case INHERITED -> Leads.NOTHING;
                    case OWN -> Leads.GROUP;
                    case OWN_SESSION -> Leads.SESSION;
                });
    }

    private static ChildTransport start(LoopEngine engine, SpawnRequest request, SubprocessProtocol protocol)
            throws IOException {
        ChildProcess child = engine.kernel().spawn(request, BackgroundThreads.shared());
        ChildTransport transport;
        try {
            transport = new ChildTransport(engine, child, protocol);
        } catch (IOException | RuntimeException failed) {
            giveUp(child, failed);
            throw failed;
        }
        try {
            transport.connectPipes();
        } catch (IOException | RuntimeException failed) {
            transport.abandon();
            throw failed;
        }
        transport.begin();
        return transport;
    }

    /** It runs, and cannot be watched. */
    private static void giveUp(ChildProcess child, Exception failed) {
        for (NonBlockingIo pipe : new NonBlockingIo[] {child.stdin(), child.stdout(), child.stderr()}) {
            if (pipe != null) {
                pipe.close();
            }
        }
        try {
            child.signal(Signal.SIGKILL.number());
        } catch (IOException refused) {
            failed.addSuppressed(refused);
        }
        child.close();
    }
}
