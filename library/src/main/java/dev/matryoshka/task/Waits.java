package dev.matryoshka.task;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;

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

    /** A duration in nanoseconds; what is longer than a long can say is as good as for ever. */
    static long saturatedNanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException tooLong) {
            return duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }
}
