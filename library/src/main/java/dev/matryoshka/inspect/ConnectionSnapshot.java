package dev.matryoshka.inspect;

import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One connection, or another socket that a loop watches.
 *
 * @param kind {@code transport}, {@code socket} (inner doll), or what another owner calls itself
 * @param state in its owner's words
 * @param local the own address, null when not known
 * @param remote the peer's address, null when not known or when there is none
 * @param traffic what it moved and what it holds
 * @param age since it was made
 * @param user who is called: the protocol of a transport; empty when nobody is
 * @param origin in debug mode where it was made, else null
 */
public record ConnectionSnapshot(
        String kind,
        String state,
        @Nullable SocketAddress local,
        @Nullable SocketAddress remote,
        Traffic traffic,
        Duration age,
        String user,
        @Nullable String origin) {
    /**
     * Bytes of one connection.
     *
     * @param bytesIn received so far
     * @param bytesOut given to the kernel so far
     * @param readBuffered received and not yet taken by the program, where that is known
     * @param writeBuffered written and not yet given to the kernel
     * @param readingPaused whether it does not receive at present although it could
     * @param writingPaused whether its writer was told to wait
     */
    public record Traffic(
            long bytesIn,
            long bytesOut,
            long readBuffered,
            long writeBuffered,
            boolean readingPaused,
            boolean writingPaused) {
        /** Nothing is counted. */
        public static final Traffic NONE = new Traffic(0, 0, 0, 0, false, false);
    }
}
