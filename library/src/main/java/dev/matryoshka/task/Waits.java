package dev.matryoshka.task;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;

/** What the waits of this package have in common. */
final class Waits {
    private Waits() {}

    /** Whether an exception is how an interrupt shows itself: in our waits, in a JDK channel, in java.io, in a java.net socket. */
    static boolean isInterrupt(Throwable thrown) {
        return thrown instanceof InterruptedException
                || thrown instanceof ClosedByInterruptException
                || (thrown instanceof InterruptedIOException && thrown.getCause() instanceof InterruptedException)
                || (thrown instanceof SocketException && "Closed by interrupt".equals(thrown.getMessage()));
    }
}
