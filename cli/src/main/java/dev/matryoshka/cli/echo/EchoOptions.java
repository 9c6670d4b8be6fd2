package dev.matryoshka.cli.echo;

import java.net.SocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How to echo.
 *
 * @param host where to listen: a name or a literal address
 * @param port 0 to 65535; 0 lets the system choose
 * @param lines line by line
 * @param complain gets one line for each connection that is ended for what its peer sent
 */
public record EchoOptions(String host, int port, boolean lines, Consumer<String> complain) {
    /** Connections that the kernel keeps until they are accepted: as many as the C servers that we are compared with. */
    static final int BACKLOG = 1024;

    /** How long a line may be, in bytes without its newline. */
    static final int LINE_MAX_BYTES = 64 * 1024;

    /** Tells that a line was too long. */
    void complainOfLine(@Nullable SocketAddress peer) {
        complain.accept("line longer than " + LINE_MAX_BYTES + " bytes from " + peer + ": connection closed");
    }
}
