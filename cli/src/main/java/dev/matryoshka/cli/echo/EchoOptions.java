package dev.matryoshka.cli.echo;

import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.tls.TlsOptions;
import java.net.SocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How to echo.
 *
 * @param endpoint where to listen
 * @param tls what to show, or null for plain connections
 * @param lines line by line
 * @param complain gets one line for each connection that is ended for what its peer sent
 */
public record EchoOptions(Endpoint endpoint, @Nullable TlsOptions tls, boolean lines, Consumer<String> complain) {
    /** Connections that the kernel keeps until they are accepted: as many as the C servers that we are compared with. */
    static final int BACKLOG = 1024;

    /** How long a line may be, in bytes without its newline. */
    static final int LINE_MAX_BYTES = 64 * 1024;

    /** Tells that a line was too long. */
    void complainOfLine(@Nullable SocketAddress peer) {
        complain.accept("line longer than " + LINE_MAX_BYTES + " bytes from " + peer + ": connection closed");
    }
}
