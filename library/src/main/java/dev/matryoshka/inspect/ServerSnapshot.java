package dev.matryoshka.inspect;

import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One server.
 *
 * @param state {@code bound} (not yet serving), {@code serving}, {@code paused} (not accepting at present), {@code closing}
 *     (closed, and connections are left)
 * @param addresses where it listens; none when it is closing
 * @param connections that it accepted and that are not over
 * @param origin in debug mode where it was made, else null
 */
public record ServerSnapshot(
        String state,
        List<SocketAddress> addresses,
        int connections,
        @Nullable String origin) {
    /** Copies the addresses. */
    public ServerSnapshot {
        addresses = List.copyOf(addresses);
    }
}
