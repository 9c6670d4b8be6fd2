package dev.matryoshka.cli;

import dev.matryoshka.EventLoop;
import dev.matryoshka.cli.proxy.Counters;
import dev.matryoshka.cli.proxy.ProxyPlan;
import dev.matryoshka.cli.proxy.ProxyServer;
import dev.matryoshka.cli.serve.Drain;
import dev.matryoshka.cli.serve.Drainable;
import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.layer.Capture;
import dev.matryoshka.layer.ProxyHeader;
import dev.matryoshka.layer.ProxyOptions;
import dev.matryoshka.process.Signal;
import dev.matryoshka.tls.TlsOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code proxy}: passes connections on until SIGTERM or SIGINT, then tells what it has done. */
@Command(
        name = "proxy",
        description = {
            "Pass connections on: every client of LISTEN is connected with TARGET.",
            "Both are HOST:PORT, unix:PATH or unix:@NAME, with tls: before it where TLS is spoken; port 0 takes a free"
                    + " one.",
            "SIGTERM or SIGINT lets connections finish, and tells the counters; SIGUSR1 tells them at any time."
        })
final class ProxyCommand implements Callable<Integer> {
    private static final Duration FLUSH_LIMIT = Duration.ofSeconds(5);
    private static final int SECONDS_MAX = 86_400;

    @Parameters(index = "0", paramLabel = "LISTEN", description = "Where clients come.", converter = EndpointWord.class)
    @SuppressWarnings("NullAway.Init") // required
    private Endpoint listen;

    @Parameters(index = "1", paramLabel = "TARGET", description = "Where they go.", converter = EndpointWord.class)
    @SuppressWarnings("NullAway.Init") // required
    private Endpoint target;

    @Mixin
    private final TlsServerOptions server = new TlsServerOptions();

    @Mixin
    private final TlsClientOptions client = new TlsClientOptions();

    @Option(
            names = "--accept-proxy",
            split = ",",
            paramLabel = "NETWORKS",
            description = {
                "Read a PROXY header from each client, and refuse who is not of these networks, such as",
                "10.0.0.0/8,::1. Clients on a Unix socket are always trusted: then say 127.0.0.1."
            })
    private List<String> trusted = List.of();

    @Option(
            names = "--send-proxy",
            paramLabel = "v1|v2",
            description = "Send the target a PROXY header of that version.")
    private ProxyHeader.@Nullable Version send;

    @Option(
            names = "--connect-timeout",
            defaultValue = "10",
            paramLabel = "SECONDS",
            description = "How long connecting to the target may take (default: ${DEFAULT-VALUE}).")
    private int connectSeconds = 10;

    @Option(
            names = "--idle-timeout",
            defaultValue = "0",
            paramLabel = "SECONDS",
            description = "End a connection after so long without a byte; 0, the default, never does.")
    private int idleSeconds;

    @Option(
            names = "--max-connections",
            defaultValue = "10000",
            paramLabel = "N",
            description = "Clients at once; more wait until one has gone (default: ${DEFAULT-VALUE}).")
    private int maxConnections = 10_000;

    @Option(
            names = "--drain",
            defaultValue = "5",
            paramLabel = "SECONDS",
            description = "How long connections may finish after a signal (default: ${DEFAULT-VALUE}).")
    private int drainSeconds = 5;

    @Option(
            names = "--capture",
            paramLabel = "FILE",
            description = "Write the clients' bytes to a file for Wireshark, inside of TLS as text.")
    private @Nullable Path captureFile;

    @Option(
            names = "--kernel",
            defaultValue = "auto",
            paramLabel = "NAME",
            description = "Who polls: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private KernelName kernel = KernelName.AUTO;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private RootCommand root;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        check();
        Foreground foreground = new Foreground(spec, root);
        TlsOptions shown = listen.tls() ? server.read(spec) : null;
        TlsOptions trust = target.tls() ? client.read(spec, target) : null;
        ProxyOptions accept = accepted();
        try (Capture capture = openCapture()) {
            ProxyPlan plan = new ProxyPlan(
                    new ProxyPlan.Front(
                            listen, shown, accept, capture == null ? UnaryOperator.identity() : capture::around),
                    new ProxyPlan.Back(target, trust, send),
                    Duration.ofSeconds(connectSeconds),
                    Duration.ofSeconds(idleSeconds),
                    maxConnections,
                    foreground::complain);
            serve(foreground, plan);
        } catch (IOException incomplete) {
            throw new CommandFailure("capture incomplete: " + Failures.describe(incomplete), incomplete);
        }
        return 0;
    }

    private void serve(Foreground foreground, ProxyPlan plan) throws CommandFailure {
        Counters counters = new Counters();
        try (EventLoop loop = foreground.open(kernel)) {
            Drainable proxy = start(loop, plan, counters);
            Drain drain = new Drain(loop, proxy, Duration.ofSeconds(drainSeconds), FLUSH_LIMIT);
            foreground.drainAtSignals(loop, drain);
            tellAtSignal(loop, counters);
            ListenOptions.announce(spec, listen.text(proxy.address()));
            loop.runForever();
        }
        tell(counters);
    }

    private static Drainable start(EventLoop loop, ProxyPlan plan, Counters counters) throws CommandFailure {
        try {
            return ProxyServer.start(loop, plan, counters);
        } catch (IOException | UnsupportedOperationException failed) {
            throw Foreground.cannotListen(plan.front().endpoint(), failed);
        }
    }

    private void tellAtSignal(EventLoop loop, Counters counters) {
        try {
            loop.addSignalHandler(Signal.SIGUSR1, () -> tell(counters));
        } catch (UnsupportedOperationException | IllegalArgumentException unavailable) {
            return; // they are told at the end
        }
    }

    private void tell(Counters counters) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(counters);
        out.flush();
    }

    private @Nullable Capture openCapture() throws CommandFailure {
        if (captureFile == null) {
            return null;
        }
        try {
            return Capture.open(captureFile);
        } catch (IOException failed) {
            throw new CommandFailure("cannot write " + captureFile + ": " + Failures.describe(failed), failed);
        }
    }

    private @Nullable ProxyOptions accepted() {
        if (trusted.isEmpty()) {
            return null;
        }
        try {
            return ProxyOptions.trusting(trusted.toArray(String[]::new));
        } catch (IllegalArgumentException notOne) {
            throw misuse("Invalid value for option '--accept-proxy': " + notOne.getMessage());
        }
    }

    private void check() {
        require(
                connectSeconds >= 1 && connectSeconds <= SECONDS_MAX,
                "--connect-timeout",
                "1 to 86400",
                connectSeconds);
        require(idleSeconds >= 0 && idleSeconds <= SECONDS_MAX, "--idle-timeout", "0 to 86400", idleSeconds);
        require(drainSeconds >= 0 && drainSeconds <= SECONDS_MAX, "--drain", "0 to 86400", drainSeconds);
        require(maxConnections >= 1, "--max-connections", "1 or more", maxConnections);
        if (listen.tls() != server.isGiven()) {
            throw misuse(
                    listen.tls()
                            ? "LISTEN with tls: needs --tls-cert and --tls-key"
                            : "--tls-cert and --tls-key are for a LISTEN with tls:");
        }
        if (target.unix() == null && target.port() == 0) {
            throw misuse("TARGET has no port: " + target);
        }
    }

    private void require(boolean fine, String option, String wanted, int value) {
        if (!fine) {
            throw misuse("Invalid value for option '" + option + "': not " + wanted + ": " + value);
        }
    }

    private ParameterException misuse(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
