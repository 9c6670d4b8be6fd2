package dev.matryoshka.cli;

import dev.matryoshka.EventLoop;
import dev.matryoshka.cli.serve.Drain;
import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.process.Signal;
import java.io.PrintWriter;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;

/** How a command runs a loop in the foreground: what it says, and what signals do. */
final class Foreground {
    /** The first connection loads classes, which on a busy machine takes longer than the default; that is no news. */
    private static final Duration SLOW_CALLBACK = Duration.ofSeconds(1);

    private final CommandSpec spec;
    private final RootCommand root;

    Foreground(CommandSpec spec, RootCommand root) {
        this.spec = spec;
        this.root = root;
    }

    /** A loop whose uncaught failures are told in one line. */
    EventLoop open(KernelName kernel) {
        EventLoop loop = EventLoop.open(LoopOptions.defaults()
                .withName(spec.name())
                .withKernel(kernel.toString())
                .withSlowCallback(SLOW_CALLBACK));
        loop.setExceptionHandler(this::report);
        return loop;
    }

    /** SIGTERM and SIGINT drain; a second one ends at once. */
    void drainAtSignals(EventLoop loop, Drain drain) {
        atSignals(loop, drain::begin);
    }

    /** Calls back at SIGTERM and SIGINT. */
    void atSignals(EventLoop loop, Runnable callback) {
        for (Signal signal : new Signal[] {Signal.SIGTERM, Signal.SIGINT}) {
            try {
                loop.addSignalHandler(signal, callback);
            } catch (UnsupportedOperationException unavailable) {
                complain(signal + " will end this process at once: " + unavailable.getMessage());
            }
        }
    }

    /** With the address, which not every message has. */
    static CommandFailure cannotListen(Endpoint endpoint, Exception failed) {
        return new CommandFailure("cannot listen on " + endpoint + ": " + Failures.describe(failed), failed);
    }

    /** One line on standard error. */
    void complain(String message) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(spec.qualifiedName() + ": " + message);
        err.flush();
    }

    /** A failure that no code caught: told, and the server goes on. */
    private void report(Loop loop, ExceptionContext context) {
        Throwable exception = context.exception();
        complain(context.message() + (exception == null ? "" : ": " + Failures.describe(exception)));
        if (exception != null && root.debug()) {
            exception.printStackTrace(spec.commandLine().getErr());
        }
    }
}
