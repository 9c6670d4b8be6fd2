package dev.matryoshka.stream;

/**
 * How streams are made. Immutable; start from {@link #defaults()}. The write side's water marks are those of the transport:
 * {@link dev.matryoshka.transport.ServerOptions#writeLimits()}, {@link dev.matryoshka.transport.ConnectOptions#writeLimits()}.
 *
 * @param limitBytes how long a line may be, without its separator, and half of what is read ahead at most; at least 1
 */
public record StreamOptions(int limitBytes) {
    /** asyncio's {@code _DEFAULT_LIMIT}. */
    private static final StreamOptions DEFAULTS = new StreamOptions(64 * 1024);

    /**
     * Checks the limit.
     *
     * @throws IllegalArgumentException the limit is below 1
     */
    public StreamOptions {
        if (limitBytes < 1) {
            throw new IllegalArgumentException("limitBytes < 1: " + limitBytes);
        }
    }

    /** asyncio's limit, 64 KiB. */
    public static StreamOptions defaults() {
        return DEFAULTS;
    }

    /** The same with another limit, in bytes. */
    public StreamOptions withLimit(int newLimitBytes) {
        return new StreamOptions(newLimitBytes);
    }
}
