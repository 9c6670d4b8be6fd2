package dev.matryoshka.transport;

/**
 * How a server listens and accepts. Immutable; start from {@link #defaults()}.
 *
 * @param backlog connections that the kernel keeps until they are accepted, at least 1; asyncio's 100; the system clamps it
 * @param acceptBatch connections accepted per pass and listener, at least 1; {@code backlog + 1}, because Linux queues one
 *     more than asked. A large batch empties a burst sooner, a small one keeps the other connections quicker
 * @param reuseAddress SO_REUSEADDR, on as in asyncio on POSIX
 * @param reusePort SO_REUSEPORT
 * @param keepAlive SO_KEEPALIVE for every connection
 * @param startServing whether it accepts at once
 * @param writeLimits the marks that each connection starts with
 */
public record ServerOptions(
        int backlog,
        int acceptBatch,
        boolean reuseAddress,
        boolean reusePort,
        boolean keepAlive,
        boolean startServing,
        WaterMarks writeLimits) {
    private static final int BACKLOG = 100;
    private static final ServerOptions DEFAULTS =
            new ServerOptions(BACKLOG, BACKLOG + 1, true, false, false, true, WaterMarks.DEFAULT);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException backlog or acceptBatch is below 1
     */
    public ServerOptions {
        if (backlog < 1) {
            throw new IllegalArgumentException("backlog < 1: " + backlog);
        }
        if (acceptBatch < 1) {
            throw new IllegalArgumentException("acceptBatch < 1: " + acceptBatch);
        }
    }

    /** asyncio's: backlog 100, SO_REUSEADDR, serving at once. */
    public static ServerOptions defaults() {
        return DEFAULTS;
    }

    /** The same with another backlog, and a batch to match. */
    public ServerOptions withBacklog(int newBacklog) {
        return new ServerOptions(
                newBacklog, newBacklog + 1, reuseAddress, reusePort, keepAlive, startServing, writeLimits);
    }

    /** The same with another number of connections accepted per pass. */
    public ServerOptions withAcceptBatch(int newAcceptBatch) {
        return new ServerOptions(
                backlog, newAcceptBatch, reuseAddress, reusePort, keepAlive, startServing, writeLimits);
    }

    /** The same with SO_REUSEADDR on or off. */
    public ServerOptions withReuseAddress(boolean on) {
        return new ServerOptions(backlog, acceptBatch, on, reusePort, keepAlive, startServing, writeLimits);
    }

    /** The same with SO_REUSEPORT on or off. */
    public ServerOptions withReusePort(boolean on) {
        return new ServerOptions(backlog, acceptBatch, reuseAddress, on, keepAlive, startServing, writeLimits);
    }

    /** The same with SO_KEEPALIVE on or off. */
    public ServerOptions withKeepAlive(boolean on) {
        return new ServerOptions(backlog, acceptBatch, reuseAddress, reusePort, on, startServing, writeLimits);
    }

    /** The same, serving at once or only after {@link Server#startServing()}. */
    public ServerOptions withStartServing(boolean on) {
        return new ServerOptions(backlog, acceptBatch, reuseAddress, reusePort, keepAlive, on, writeLimits);
    }

    /** The same with other marks for each connection. */
    public ServerOptions withWriteLimits(WaterMarks marks) {
        return new ServerOptions(backlog, acceptBatch, reuseAddress, reusePort, keepAlive, startServing, marks);
    }
}
