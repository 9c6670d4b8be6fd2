package dev.matryoshka;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.process.Signal;
import dev.matryoshka.process.Signals;
import dev.matryoshka.process.Subprocess;
import dev.matryoshka.process.SubprocessConnection;
import dev.matryoshka.process.SubprocessOptions;
import dev.matryoshka.process.SubprocessProtocol;
import dev.matryoshka.process.Subprocesses;
import dev.matryoshka.stream.StreamOptions;
import java.io.IOException;
import java.util.function.Supplier;

/**
 * The part of {@link EventLoop} that deals with the system around: signals, and other processes. Each method is one call into
 * the package {@code process}, which says all the rest. Loop thread only.
 */
public sealed interface SystemFace extends Loop permits EventLoop {
    /** Calls back at each arrival of a signal (asyncio {@code add_signal_handler}); see {@link Signals#addSignalHandler}. */
    default void addSignalHandler(Signal signal, Runnable callback) {
        Signals.addSignalHandler(this, signal, callback);
    }

    /** Takes a handler back (asyncio {@code remove_signal_handler}); see {@link Signals#removeSignalHandler}. */
    default boolean removeSignalHandler(Signal signal) {
        return Signals.removeSignalHandler(this, signal);
    }

    /** Starts a program, its pipes to a protocol (asyncio {@code subprocess_exec}); see {@link Subprocesses#subprocessExec}. */
    default <P extends SubprocessProtocol> SubprocessConnection<P> subprocessExec(
            Supplier<P> factory, SubprocessOptions options, String... command) throws IOException {
        return Subprocesses.subprocessExec(this, factory, options, command);
    }

    /** Starts a line of the shell, its pipes to a protocol; see {@link Subprocesses#subprocessShell}. */
    default <P extends SubprocessProtocol> SubprocessConnection<P> subprocessShell(
            Supplier<P> factory, SubprocessOptions options, String commandLine) throws IOException {
        return Subprocesses.subprocessShell(this, factory, options, commandLine);
    }

    /** Starts a program with streams (asyncio {@code create_subprocess_exec}); see {@link Subprocesses#createSubprocessExec}. */
    default Subprocess createSubprocessExec(SubprocessOptions options, String... command) throws IOException {
        return Subprocesses.createSubprocessExec(this, options, StreamOptions.defaults(), command);
    }

    /** As {@link #createSubprocessExec(SubprocessOptions, String...)} with options for its readers. */
    default Subprocess createSubprocessExec(SubprocessOptions options, StreamOptions streamOptions, String... command)
            throws IOException {
        return Subprocesses.createSubprocessExec(this, options, streamOptions, command);
    }

    /** Starts a line of the shell with streams; see {@link Subprocesses#createSubprocessShell}. */
    default Subprocess createSubprocessShell(SubprocessOptions options, String commandLine) throws IOException {
        return Subprocesses.createSubprocessShell(this, options, StreamOptions.defaults(), commandLine);
    }
}
