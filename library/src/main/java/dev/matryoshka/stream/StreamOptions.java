package dev.matryoshka.stream;

import java.time.Duration;

/**
 * How streams are made. Immutable; start from {@link #defaults()}. The write side's water marks are those of the transport:
 * {@link dev.matryoshka.transport.ServerOptions#writeLimits()}, {@link dev.matryoshka.transport.ConnectOptions#writeLimits()}.
 *
 * @param limitBytes how long a line may be, without its separator, and half of what is read ahead at most; at least 1
 * @param readTimeout how long each read may take, from when it parks to its result; zero for no limit. Over it the read throws a
 *     {@link java.net.SocketTimeoutException}, as one of {@link java.net.Socket#setSoTimeout} does: it has taken nothing, and the
 *     connection is as it was. A handler of a server that fails with it is not reported; its connection is closed
 */
public record StreamOptions(int limitBytes, Duration readTimeout) {
    /** asyncio's {@code _DEFAULT_LIMIT}. */
    private static final StreamOptions DEFAULTS = new StreamOptions(64 * 1024);

    /**
     * Checks the limits.
     *
     * @throws IllegalArgumentException the limit is below 1, or the timeout negative
     */
    public StreamOptions {
        if (limitBytes < 1) {
            throw new IllegalArgumentException("limitBytes < 1: " + limitBytes);
        }
        if (readTimeout.isNegative()) {
            throw new IllegalArgumentException("negative readTimeout: " + readTimeout);
        }
    }

    /** With a limit in bytes, and no timeout. */
    public StreamOptions(int limitBytes) {
        this(limitBytes, Duration.ZERO);
    }

    /** asyncio's limit, 64 KiB, and no timeout. */
    public static StreamOptions defaults() {
        return DEFAULTS;
    }

    /** The same with another limit, in bytes. */
    public StreamOptions withLimit(int newLimitBytes) {
        return new StreamOptions(newLimitBytes, readTimeout);
    }

    /** The same with a limit on how long each read may take; zero for none. */
    public StreamOptions withReadTimeout(Duration limit) {
        return new StreamOptions(limitBytes, limit);
    }
}
