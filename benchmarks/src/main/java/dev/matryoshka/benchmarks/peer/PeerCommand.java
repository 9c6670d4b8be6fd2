package dev.matryoshka.benchmarks.peer;

import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.cli.CommandFailure;
import dev.matryoshka.cli.Failures;
import dev.matryoshka.cli.ListenOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code peer}: an echo server without the library, for {@code bench}. */
@Command(name = "peer", hidden = true, description = "Run an echo server that does not use the library.")
public final class PeerCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "Which one: ${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // required
    private Peer peer;

    @Option(names = "--mode", defaultValue = "echo", paramLabel = "NAME", description = "${COMPLETION-CANDIDATES}.")
    private Mode mode = Mode.ECHO;

    @Option(names = "--udp", description = "Echo datagrams: the same as --mode udp.")
    private boolean udp;

    @Option(
            names = "--unix",
            paramLabel = "PATH",
            description = "Listen on a Unix socket instead of --host and --port.")
    private @Nullable Path unix;

    @Mixin
    private final ListenOptions listen = new ListenOptions();

    @Option(names = "--tls-cert", paramLabel = "FILE", description = "Speak TLS, with this certificate (PEM).")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The key of the certificate (PEM).")
    private @Nullable Path key;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        listen.check(spec);
        if ((certificate == null) != (key == null)) {
            throw new ParameterException(spec.commandLine(), "--tls-cert and --tls-key come together");
        }
        try (PeerServer server = open()) {
            listen.onParentGone(() -> close(server));
            ListenOptions.announce(spec, unix != null ? unix.toString() : listen.host() + ":" + server.port());
            server.serve();
        }
        return 0;
    }

    private PeerServer open() throws CommandFailure {
        try {
            return peer.open(new PeerOptions(udp ? Mode.UDP : mode, address(), certificate, key));
        } catch (IOException failed) {
            throw listen.failure(failed);
        } catch (UnsupportedOperationException | LinkageError impossible) {
            throw new CommandFailure("cannot serve: " + Failures.describe(impossible), impossible);
        }
    }

    private SocketAddress address() {
        return unix != null ? UnixDomainSocketAddress.of(unix) : new InetSocketAddress(listen.host(), listen.port());
    }

    private static void close(PeerServer server) {
        try {
            server.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
