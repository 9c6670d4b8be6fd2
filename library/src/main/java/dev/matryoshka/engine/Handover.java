package dev.matryoshka.engine;

import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * From a socket of the inner doll, which users hold, to the kernel's socket inside it, which they do not see: so that a
 * transport can take it over (asyncio's {@code create_connection(sock=...)}). The socket package registers how, once, in
 * a class initialiser, as {@link Engines} is told of the loop; transports need not know that package.
 */
public final class Handover {
    private static volatile @Nullable Detacher detacher;

    private Handover() {}

    /** Takes a socket apart. */
    @FunctionalInterface
    public interface Detacher {
        /** The socket inside, or null for an object that is none. */
        @Nullable
        NonBlockingSocket detach(AutoCloseable socket) throws IOException;
    }

    /** Called once by the only implementation of sockets. */
    public static void grant(Detacher byKind) {
        detacher = byKind;
    }

    /**
     * Takes the kernel's socket out: open, fresh, connected or listening as it was, and unwatched. Its new owner watches and
     * closes it; the old face is of no use any more. Loop thread of the socket.
     *
     * @throws dev.matryoshka.loop.BusyException a task is receiving or sending on it; nothing has happened
     * @throws java.nio.channels.ClosedChannelException it is closed
     * @throws IllegalStateException it was handed over before, is on its way to connect, or failed to
     * @throws IllegalArgumentException not a socket of ours
     */
    public static NonBlockingSocket detach(AutoCloseable socket) throws IOException {
        Detacher byKind = detacher;
        NonBlockingSocket inside = byKind == null ? null : byKind.detach(socket);
        if (inside == null) {
            throw new IllegalArgumentException("not a socket of this library: " + socket);
        }
        return inside;
    }
}
