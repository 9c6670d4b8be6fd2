package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.ResourceExhaustedException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/** Brings the JDK's exceptions, whose kind often stands in the text only, to the types that the doorstep promises. */
final class NioErrors {
    private NioErrors() {}

    /**
     * @param operation what was tried
     * @param address of whom, or null
     */
    static IOException translate(String operation, @Nullable Object address, IOException thrown) {
        if (thrown instanceof ClosedChannelException) {
            return thrown;
        }
        String text = String.valueOf(thrown.getMessage());
        String where = operation + (address == null ? "" : " " + address) + ": " + text;
        if (text.contains("Too many open files") || text.contains("No buffer space") || text.contains("Cannot allocate")) {
            return with(new ResourceExhaustedException(where), thrown);
        }
        if (thrown instanceof NoRouteToHostException) {
            return with(new NoRouteToHostException(where), thrown);
        }
        if (thrown instanceof ConnectException) {
            return with(new ConnectException(where), thrown);
        }
        if (operation.startsWith("bind")) {
            return with(new BindException(where), thrown);
        }
        return with(new SocketException(where), thrown);
    }

    private static <E extends IOException> E with(E translated, IOException cause) {
        translated.initCause(cause);
        return translated;
    }
}
