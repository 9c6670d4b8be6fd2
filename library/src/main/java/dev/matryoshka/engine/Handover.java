package dev.matryoshka.engine;

import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.Loop;
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
    public interface Detacher {
        /** What is inside, to look at; it stays the user's. Null for an object that is no socket of ours. */
        @Nullable
        Inside look(AutoCloseable socket) throws IOException;

        /** The socket inside, or null for an object that is none. */
        @Nullable
        NonBlockingSocket detach(AutoCloseable socket) throws IOException;
    }

    /** A socket of the user's, seen from below. */
    public record Inside(Loop loop, NonBlockingSocket socket) {}

    /** Called once by the only implementation of sockets. */
    public static void grant(Detacher byKind) {
        detacher = byKind;
    }

    private static volatile @Nullable DatagramDetacher datagramDetacher;

    /** Takes a datagram socket apart. */
    public interface DatagramDetacher {
        /** The socket inside, or null for an object that is none. */
        @Nullable
        NonBlockingDatagramSocket detach(AutoCloseable socket, LoopEngine engine) throws IOException;
    }

    /** Called once by the only implementation of datagram sockets. */
    public static void grant(DatagramDetacher byKind) {
        datagramDetacher = byKind;
    }

    /**
     * As {@link #detach} for a datagram socket of a given loop; if it is not, nothing has happened to it.
     *
     * @throws IllegalArgumentException not a datagram socket, or of another loop
     */
    public static NonBlockingDatagramSocket detachDatagram(AutoCloseable socket, LoopEngine engine) throws IOException {
        DatagramDetacher byKind = datagramDetacher;
        NonBlockingDatagramSocket inside = byKind == null ? null : byKind.detach(socket, engine);
        if (inside == null) {
            throw new IllegalArgumentException("a datagram socket was expected: " + socket);
        }
        return inside;
    }

    /**
     * As {@link #detach} for a connected one of a given loop; if it is not, nothing has happened to it.
     *
     * @throws IllegalArgumentException it is not connected, or of another loop
     */
    public static NonBlockingSocket detachConnected(AutoCloseable socket, LoopEngine engine) throws IOException {
        Detacher byKind = detacher;
        Inside inside = byKind == null ? null : byKind.look(socket);
        if (inside != null && inside.loop() != engine.face()) {
            throw new IllegalArgumentException("a socket of event loop '" + engine.name() + "' was expected, not "
                    + socket + " of '" + inside.loop().name() + "'");
        }
        if (inside != null && inside.socket().remoteAddress() == null) {
            throw new IllegalArgumentException("a connected stream socket was expected: " + socket);
        }
        return detach(socket);
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
