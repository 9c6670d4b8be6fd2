package dev.matryoshka.cli;

import dev.matryoshka.EventLoop;
import dev.matryoshka.cli.echo.Doll;
import dev.matryoshka.cli.echo.Drain;
import dev.matryoshka.cli.echo.EchoOptions;
import dev.matryoshka.cli.echo.EchoServer;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.process.Signal;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code echo}: serves until SIGTERM or SIGINT, drains, and exits with 0. */
@Command(
        name = "echo",
        description = "Run an echo server. SIGTERM or SIGINT ends it in good order; a second one at once.")
final class EchoCommand implements Callable<Integer> {
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(5);

    /** The first connection loads classes, which on a busy machine takes longer than the default; that is no news. */
    private static final Duration SLOW_CALLBACK = Duration.ofSeconds(1);

    @Option(
            names = "--api",
            required = true,
            paramLabel = "NAME",
            description = "What to build it on: ${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // required
    private Doll api;

    @Mixin
    private final ListenOptions listen = new ListenOptions();

    @Option(
            names = "--kernel",
            defaultValue = "auto",
            paramLabel = "NAME",
            description =
                    "Who polls: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, the fastest that works here).")
    private KernelName kernel = KernelName.AUTO;

    @Option(names = "--lines", description = "Echo line by line. A line longer than 64 KiB ends its connection.")
    private boolean lines;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private RootCommand root;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        listen.check(spec);
        try (EventLoop loop = EventLoop.open(loopOptions())) {
            loop.setExceptionHandler(this::report);
            EchoServer server = start(loop);
            Drain drain = new Drain(loop, server, DRAIN_LIMIT);
            drainAt(Signal.SIGTERM, loop, drain);
            drainAt(Signal.SIGINT, loop, drain);
            listen.onParentGone(() -> stop(loop, drain));
            ListenOptions.announce(spec, text(server.address()));
            loop.runForever();
        }
        return 0;
    }

    private LoopOptions loopOptions() {
        return LoopOptions.defaults()
                .withName("echo")
                .withKernel(kernel.toString())
                .withSlowCallback(SLOW_CALLBACK);
    }

    private EchoServer start(EventLoop loop) throws CommandFailure {
        EchoOptions options = new EchoOptions(listen.host(), listen.port(), lines, this::complain);
        try {
            return api.start(loop, options);
        } catch (IOException failed) {
            throw listen.failure(failed);
        }
    }

    private void drainAt(Signal signal, EventLoop loop, Drain drain) {
        try {
            loop.addSignalHandler(signal, drain::begin);
        } catch (UnsupportedOperationException unavailable) {
            complain(signal + " will end this process without draining: " + unavailable.getMessage());
        }
    }

    private static void stop(EventLoop loop, Drain drain) {
        if (!loop.isClosed()) {
            loop.callSoonThreadsafe(drain::begin);
        }
    }

    private void complain(String message) {
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

    /** As it was asked for in the contract: HOST:PORT, an IPv6 host in brackets. */
    private String text(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) {
            return address.toString();
        }
        boolean brackets =
                inet.getAddress() instanceof Inet6Address && listen.host().indexOf(':') >= 0;
        return (brackets ? "[" + listen.host() + "]" : listen.host()) + ":" + inet.getPort();
    }
}
