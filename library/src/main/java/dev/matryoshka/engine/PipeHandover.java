package dev.matryoshka.engine;

import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.PipeMode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * From the end of a pipe that a kernel has made, which users do not see, to a transport over it: so that children, which stand above
 * transports, get theirs without a public method that speaks of kernels. The transport package registers how, once, in a class
 * initialiser, as {@link Handover} is told of sockets.
 */
public final class PipeHandover {
    /** In the transport package; by name, because the engine is below it. */
    private static final String CONNECTOR = "dev.matryoshka.transport.PipeConnector";

    private static volatile @Nullable Connector connector;

    private PipeHandover() {}

    /** Makes transports. */
    @FunctionalInterface
    public interface Connector {
        /**
         * A transport that is open already.
         *
         * @param protocol a protocol of transports
         */
        Object connect(LoopEngine engine, NonBlockingIo end, PipeMode mode, Object protocol) throws IOException;
    }

    /** Called once by the transport package. */
    public static void grant(Connector byTransports) {
        connector = byTransports;
    }

    /**
     * Puts a transport on the end of a pipe, and calls the protocol's {@code connectionMade}.
     *
     * @return the transport
     * @throws IOException it cannot be watched; the end is still the caller's
     */
    public static Object connect(LoopEngine engine, NonBlockingIo end, PipeMode mode, Object protocol)
            throws IOException {
        Connector known = connector;
        if (known == null) {
            known = loaded();
        }
        return known.connect(engine, end, mode, protocol);
    }

    private static Connector loaded() {
        try {
            Class.forName(CONNECTOR, true, PipeHandover.class.getClassLoader());
        } catch (ClassNotFoundException torn) {
            throw new IllegalStateException("the library is not whole", torn);
        }
        Connector granted = connector;
        if (granted == null) {
            throw new IllegalStateException(CONNECTOR + " did not grant access");
        }
        return granted;
    }
}
