package dev.matryoshka.transport;

import java.net.StandardProtocolFamily;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a server listens, accepts and treats its connections. Immutable; start from {@link #defaults()} and change by the
 * {@code with} methods. The values stand in groups by the moment at which they act, so that one more is one more line.
 *
 * <pre>
 *   bind, listen      backlog 100 · SO_REUSEADDR on · SO_REUSEPORT off · SO_KEEPALIVE off · both families
 *   accept            at once · backlog + 1 in a pass · no limit of connections
 *   each connection   write marks 16/64 KiB · TCP_NODELAY on · no timeout
 *   Unix file         replaces a stale socket · removed on close · permissions of the umask
 * </pre>
 *
 * @param sockets what is asked of the listening sockets
 * @param accepting when and how many connections are taken
 * @param connections what holds for each of them
 * @param unixFile what happens to the file of a Unix socket
 */
public record ServerOptions(Sockets sockets, Accepting accepting, Connections connections, UnixFile unixFile) {
    private static final int BACKLOG = 100;
    private static final ServerOptions DEFAULTS = new ServerOptions(
            new Sockets(BACKLOG, true, false, false, null),
            new Accepting(true, BACKLOG + 1, Integer.MAX_VALUE),
            new Connections(WaterMarks.DEFAULT, Duration.ZERO, Duration.ZERO),
            new UnixFile(true, true, null));

    /** All groups are there. */
    public ServerOptions {
        Objects.requireNonNull(sockets, "sockets");
        Objects.requireNonNull(accepting, "accepting");
        Objects.requireNonNull(connections, "connections");
        Objects.requireNonNull(unixFile, "unixFile");
    }

    /**
     * What is asked of the listening sockets.
     *
     * @param backlog connections that the kernel keeps until they are accepted, at least 1; asyncio's 100; the system clamps it
     * @param reuseAddress SO_REUSEADDR, on as in asyncio on POSIX
     * @param reusePort SO_REUSEPORT, so that several servers share a port and the system spreads what comes
     * @param keepAlive SO_KEEPALIVE for every connection
     * @param family INET or INET6 to take only such addresses of a host; null for both
     */
    public record Sockets(
            int backlog,
            boolean reuseAddress,
            boolean reusePort,
            boolean keepAlive,
            @Nullable StandardProtocolFamily family) {
        /**
         * Checks the backlog and the family.
         *
         * @throws IllegalArgumentException the backlog is below 1, or the family UNIX
         */
        public Sockets {
            if (backlog < 1) {
                throw new IllegalArgumentException("backlog < 1: " + backlog);
            }
            if (family == StandardProtocolFamily.UNIX) {
                throw new IllegalArgumentException("not a family of hosts: " + family);
            }
        }
    }

    /**
     * When and how many connections are taken.
     *
     * @param startServing whether it accepts at once
     * @param batch connections accepted per pass and listener, at least 1; {@code backlog + 1}, because Linux queues one more
     *     than asked. A large batch empties a burst sooner, a small one keeps the other connections quicker
     * @param maxConnections at so many the server stops to accept, until one has gone; whoever comes meanwhile waits in the
     *     backlog. At least 1; the largest int for no limit
     */
    public record Accepting(boolean startServing, int batch, int maxConnections) {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException the batch or the limit is below 1
         */
        public Accepting {
            if (batch < 1) {
                throw new IllegalArgumentException("acceptBatch < 1: " + batch);
            }
            if (maxConnections < 1) {
                throw new IllegalArgumentException("maxConnections < 1: " + maxConnections);
            }
        }
    }

    /**
     * What holds for each connection. A connection whose time is over is aborted, and its protocol hears
     * {@code connectionLost} with a {@link java.net.SocketTimeoutException}.
     *
     * @param writeLimits the marks that it starts with
     * @param idleTimeout how long no byte may move, neither way; zero for no limit. A byte counts when the kernel gives it or
     *     takes it: one that lies in the write buffer, because the peer does not read, has not moved. It may be a quarter more
     *     before it is noticed, and never less
     * @param firstByteTimeout how long after it was accepted the peer may take to send its first byte; zero for no limit
     */
    public record Connections(WaterMarks writeLimits, Duration idleTimeout, Duration firstByteTimeout) {
        /**
         * Checks the lengths.
         *
         * @throws IllegalArgumentException one is negative
         */
        public Connections {
            Objects.requireNonNull(writeLimits, "writeLimits");
            if (idleTimeout.isNegative()) {
                throw new IllegalArgumentException("negative idleTimeout: " + idleTimeout);
            }
            if (firstByteTimeout.isNegative()) {
                throw new IllegalArgumentException("negative firstByteTimeout: " + firstByteTimeout);
            }
        }
    }

    /**
     * What happens to the file of a Unix socket; nothing of this concerns abstract names.
     *
     * @param replaceStale whether a socket file that nobody listens on any more is removed before binding. A file of another
     *     kind never is, and neither is a socket that answers
     * @param removeOnClose whether close removes the file, if it is still the one that this server made (asyncio's
     *     {@code cleanup_socket})
     * @param permissions of the file; null for what the umask leaves. Who may not write to it cannot connect, unix(7)
     */
    public record UnixFile(
            boolean replaceStale,
            boolean removeOnClose,
            @Nullable Set<PosixFilePermission> permissions) {
        /** Takes a copy of the permissions. */
        public UnixFile {
            permissions = permissions == null ? null : Set.copyOf(permissions);
        }
    }

    /** asyncio's: backlog 100, SO_REUSEADDR, serving at once. */
    public static ServerOptions defaults() {
        return DEFAULTS;
    }

    // ---- sockets --------------------------------------------------------------------------------------------------

    /** See {@link Sockets}. */
    public int backlog() {
        return sockets.backlog;
    }

    /** The same with another backlog, and a batch to match. */
    public ServerOptions withBacklog(int newBacklog) {
        int batch = newBacklog < Integer.MAX_VALUE ? newBacklog + 1 : newBacklog;
        return with(new Sockets(newBacklog, sockets.reuseAddress, sockets.reusePort, sockets.keepAlive, sockets.family))
                .withAcceptBatch(batch);
    }

    /** The same with SO_REUSEADDR on or off. */
    public ServerOptions withReuseAddress(boolean on) {
        return with(new Sockets(sockets.backlog, on, sockets.reusePort, sockets.keepAlive, sockets.family));
    }

    /** The same with SO_REUSEPORT on or off. */
    public ServerOptions withReusePort(boolean on) {
        return with(new Sockets(sockets.backlog, sockets.reuseAddress, on, sockets.keepAlive, sockets.family));
    }

    /** The same with SO_KEEPALIVE on or off. */
    public ServerOptions withKeepAlive(boolean on) {
        return with(new Sockets(sockets.backlog, sockets.reuseAddress, sockets.reusePort, on, sockets.family));
    }

    /** The same for addresses of one family, INET or INET6; null for both. */
    public ServerOptions withFamily(@Nullable StandardProtocolFamily only) {
        return with(new Sockets(sockets.backlog, sockets.reuseAddress, sockets.reusePort, sockets.keepAlive, only));
    }

    private ServerOptions with(Sockets group) {
        return new ServerOptions(group, accepting, connections, unixFile);
    }

    // ---- accepting ------------------------------------------------------------------------------------------------

    /** The same, serving at once or only after {@link Server#startServing()}. */
    public ServerOptions withStartServing(boolean on) {
        return with(new Accepting(on, accepting.batch, accepting.maxConnections));
    }

    /** See {@link Accepting#batch()}. */
    public int acceptBatch() {
        return accepting.batch;
    }

    /** The same with another number of connections accepted per pass. */
    public ServerOptions withAcceptBatch(int newAcceptBatch) {
        return with(new Accepting(accepting.startServing, newAcceptBatch, accepting.maxConnections));
    }

    /** The same with another limit of connections. */
    public ServerOptions withMaxConnections(int newMaxConnections) {
        return with(new Accepting(accepting.startServing, accepting.batch, newMaxConnections));
    }

    private ServerOptions with(Accepting group) {
        return new ServerOptions(sockets, group, connections, unixFile);
    }

    // ---- connections ----------------------------------------------------------------------------------------------

    /** The marks that each connection starts with. */
    public WaterMarks writeLimits() {
        return connections.writeLimits;
    }

    /** The same with other marks for each connection. */
    public ServerOptions withWriteLimits(WaterMarks marks) {
        return with(new Connections(marks, connections.idleTimeout, connections.firstByteTimeout));
    }

    /** The same with a limit on how long no byte may move, see {@link Connections}; zero for none. */
    public ServerOptions withIdleTimeout(Duration limit) {
        return with(new Connections(connections.writeLimits, limit, connections.firstByteTimeout));
    }

    /** The same with a limit on how long the first byte may take; zero for none. */
    public ServerOptions withFirstByteTimeout(Duration limit) {
        return with(new Connections(connections.writeLimits, connections.idleTimeout, limit));
    }

    private ServerOptions with(Connections group) {
        return new ServerOptions(sockets, accepting, group, unixFile);
    }

    // ---- the file of a Unix socket --------------------------------------------------------------------------------

    /** The same, replacing a stale socket file or not. */
    public ServerOptions withReplaceStale(boolean on) {
        return with(new UnixFile(on, unixFile.removeOnClose, unixFile.permissions));
    }

    /** The same, removing the socket file on close or not. */
    public ServerOptions withRemoveOnClose(boolean on) {
        return with(new UnixFile(unixFile.replaceStale, on, unixFile.permissions));
    }

    /** The same with permissions for the socket file; null for what the umask leaves. */
    public ServerOptions withPermissions(@Nullable Set<PosixFilePermission> permissions) {
        return with(new UnixFile(unixFile.replaceStale, unixFile.removeOnClose, permissions));
    }

    private ServerOptions with(UnixFile group) {
        return new ServerOptions(sockets, accepting, connections, group);
    }
}
