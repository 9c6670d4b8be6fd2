package dev.matryoshka.cli;

import dev.matryoshka.EventLoop;
import dev.matryoshka.cli.echo.Doll;
import dev.matryoshka.cli.echo.EchoOptions;
import dev.matryoshka.cli.echo.Rehearsal;
import dev.matryoshka.cli.serve.Drain;
import dev.matryoshka.cli.serve.Drainable;
import dev.matryoshka.cli.serve.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code echo}: serves until SIGTERM or SIGINT, drains, and exits with 0. */
@Command(
        name = "echo",
        description = "Run an echo server. SIGTERM or SIGINT ends it in good order; a second one at once.")
final class EchoCommand implements Callable<Integer> {
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(5);

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
            names = "--unix",
            paramLabel = "PATH",
            description = "Listen on a Unix socket instead of --host and --port; @NAME for an abstract name.")
    private @Nullable String unix;

    @Mixin
    private final TlsServerOptions tls = new TlsServerOptions();

    @Option(
            names = "--kernel",
            defaultValue = "auto",
            paramLabel = "NAME",
            description =
                    "Who polls: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, the fastest that works here).")
    private KernelName kernel = KernelName.AUTO;

    @Option(names = "--lines", description = "Echo line by line. A line longer than 64 KiB ends its connection.")
    private boolean lines;

    @Option(
            names = "--cold",
            description =
                    "Serve at once, without the rehearsal of a second after which the first clients find it fast.")
    private boolean cold;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private RootCommand root;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        listen.check(spec);
        Endpoint endpoint = endpoint();
        if (tls.isGiven() && api == Doll.SOCKET) {
            throw misuse("--api socket is the bare socket, without TLS: take another");
        }
        Foreground foreground = new Foreground(spec, root);
        EchoOptions options = new EchoOptions(endpoint, tls.read(spec), lines, foreground::complain);
        try (EventLoop loop = foreground.open(kernel)) {
            Drainable server = start(loop, options);
            Drain drain = new Drain(loop, server, DRAIN_LIMIT);
            foreground.drainAtSignals(loop, drain);
            listen.onParentGone(() -> stop(loop, drain));
            if (!cold && !tls.isGiven()) {
                Rehearsal.hold(api, lines, kernel.toString()); // who connects meanwhile waits in the backlog
            }
            ListenOptions.announce(spec, endpoint.text(server.address()));
            loop.runForever();
        }
        return 0;
    }

    private Endpoint endpoint() {
        if (unix == null) {
            return Endpoint.tcp(listen.host(), listen.port());
        }
        ParseResult given = spec.commandLine().getParseResult();
        if (given.hasMatchedOption("--host") || given.hasMatchedOption("--port")) {
            throw misuse("--unix excludes --host and --port");
        }
        try {
            return Endpoint.unix(unix);
        } catch (IllegalArgumentException notOne) {
            throw misuse("Invalid value for option '--unix': " + notOne.getMessage());
        }
    }

    private ParameterException misuse(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    private Drainable start(EventLoop loop, EchoOptions options) throws CommandFailure {
        try {
            return api.start(loop, options);
        } catch (IOException | UnsupportedOperationException failed) {
            throw Foreground.cannotListen(options.endpoint(), failed);
        }
    }

    private static void stop(EventLoop loop, Drain drain) {
        if (!loop.isClosed()) {
            loop.callSoonThreadsafe(drain::begin);
        }
    }
}
