package dev.matryoshka.stream;

import java.io.IOException;

/**
 * No separator within the reader's limit. Nothing was taken: what was received is still in the reader, so the caller may
 * read it in another way, skip {@link #consumedBytes()} bytes, or give up (asyncio.LimitOverrunError, for lines too).
 */
public final class LimitOverrunException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int consumedBytes;

    LimitOverrunException(String message, int consumedBytes) {
        super(message);
        this.consumedBytes = consumedBytes;
    }

    /** How many bytes can be read before the separator, or before the earliest place where one may begin. */
    public int consumedBytes() {
        return consumedBytes;
    }
}
