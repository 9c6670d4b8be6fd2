package dev.matryoshka.cli;

import dev.matryoshka.cli.bench.Peer;
import dev.matryoshka.cli.bench.PeerServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code peer}: an echo server without the library, for {@code bench}. */
@Command(name = "peer", hidden = true, description = "Run an echo server that does not use the library.")
final class PeerCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "Which one: ${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // required
    private Peer peer;

    @Mixin
    private final ListenOptions listen = new ListenOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        listen.check(spec);
        try (PeerServer server = open()) {
            listen.onParentGone(() -> close(server));
            ListenOptions.announce(spec, listen.host() + ":" + server.port());
            server.serve();
        }
        return 0;
    }

    private PeerServer open() throws CommandFailure {
        try {
            return peer.open(new InetSocketAddress(listen.host(), listen.port()));
        } catch (IOException failed) {
            throw listen.failure(failed);
        }
    }

    private static void close(PeerServer server) {
        try {
            server.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
