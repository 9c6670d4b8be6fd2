package dev.matryoshka.address;

import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a Unix connection, as the system says: the process that called connect (or, seen from a client,
 * listen), and the user that it was then. It may have changed its user since, and the socket may have been given to another
 * process; see unix(7), {@code SO_PEERCRED}.
 *
 * <p>Two kernels know different halves: {@code epoll} the numbers, {@code nio} the names, which is what the JDK tells. Immutable,
 * any thread.
 *
 * @param pid process, or {@link #UNKNOWN}; in the caller's PID namespace, 0 for a process outside of it
 * @param uid effective user, or {@link #UNKNOWN}
 * @param gid effective group, or {@link #UNKNOWN}
 * @param user name of the user, or null when not known
 * @param group name of the group, or null when not known
 */
public record PeerCredentials(
        int pid,
        int uid,
        int gid,
        @Nullable String user,
        @Nullable String group) {
    /** A number that the kernel at hand does not tell. */
    public static final int UNKNOWN = -1;
}
