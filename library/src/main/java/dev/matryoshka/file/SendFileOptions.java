package dev.matryoshka.file;

import java.util.Objects;

/**
 * What of a file is sent, and how. Immutable; start from {@link #defaults()}.
 *
 * @param offset of the first byte, from the beginning of the file whatever the position of a channel; 0 or more, and nothing
 *     is sent when the file is shorter
 * @param byteCount at most so many; at least 1, or {@link #TO_END}
 * @param mode which way
 */
public record SendFileOptions(long offset, long byteCount, SendFileMode mode) {
    /** As many bytes as the file has when its end is reached, which may grow meanwhile. */
    public static final long TO_END = Long.MAX_VALUE;

    private static final SendFileOptions DEFAULTS = new SendFileOptions(0, TO_END, SendFileMode.AUTO);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException a negative offset, or a count that is not positive
     */
    public SendFileOptions {
        if (offset < 0) {
            throw new IllegalArgumentException("offset must be a non-negative integer (got " + offset + ")");
        }
        if (byteCount < 1) {
            throw new IllegalArgumentException("count must be a positive integer (got " + byteCount + ")");
        }
        Objects.requireNonNull(mode, "mode");
    }

    /** The whole file, whichever way works. */
    public static SendFileOptions defaults() {
        return DEFAULTS;
    }

    /** The same from another offset on. */
    public SendFileOptions withOffset(long newOffset) {
        return new SendFileOptions(newOffset, byteCount, mode);
    }

    /** The same with at most so many bytes. */
    public SendFileOptions withByteCount(long newByteCount) {
        return new SendFileOptions(offset, newByteCount, mode);
    }

    /** The same another way. */
    public SendFileOptions withMode(SendFileMode newMode) {
        return new SendFileOptions(offset, byteCount, newMode);
    }

    /** asyncio's {@code fallback=False}: what cannot be sent by the operating system is refused. */
    public SendFileOptions withoutFallback() {
        return withMode(SendFileMode.NATIVE);
    }
}
