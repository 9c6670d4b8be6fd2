package dev.matryoshka.stream;

import java.io.EOFException;

/** The peer ended its direction in the middle of what was to be read (asyncio.IncompleteReadError). */
public final class IncompleteReadException extends EOFException {
    /** Answer of {@link #expectedBytes()} when a separator was to mark the end. */
    public static final int UNDEFINED = -1;

    private static final long serialVersionUID = 1L;

    private final byte[] partial;
    private final int expectedBytes;

    IncompleteReadException(byte[] partial, int expectedBytes) {
        super(partial.length + " bytes read on a total of "
                + (expectedBytes == UNDEFINED ? "undefined" : String.valueOf(expectedBytes)) + " expected bytes");
        this.partial = partial;
        this.expectedBytes = expectedBytes;
    }

    /** What came before the end; taken from the reader. A copy. */
    public byte[] partial() {
        return partial.clone();
    }

    /** How many bytes were asked for, or {@link #UNDEFINED}. */
    public int expectedBytes() {
        return expectedBytes;
    }
}
