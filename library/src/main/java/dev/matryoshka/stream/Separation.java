package dev.matryoshka.stream;

import dev.matryoshka.task.Parks;
import java.io.IOException;

/**
 * Waits until a line or another separated piece has come whole, and says how long it is; takes nothing, but for the rest
 * before an end without separator. Loop thread only, in a task.
 */
final class Separation {
    private Separation() {}

    /** How many bytes the first line has; what is left at the end counts as a line; 0 when nothing is left. */
    @Parks
    static int awaitLine(Inbound in, String method) throws IOException, InterruptedException {
        ReadBuffer buffer = in.buffer();
        in.begin(method);
        while (true) {
            int length = buffer.lineLength();
            if (length > 0) {
                return checked(in, length - 1, length);
            }
            int size = buffer.size();
            if (size > in.limit()) {
                throw notFound(in, size);
            }
            if (in.ended()) {
                in.throwIfBroken();
                return size;
            }
            in.await(1);
        }
    }

    /** How many bytes there are up to the first separator and with it. */
    @Parks
    static int awaitSeparator(Inbound in, String method, byte[]... separators)
            throws IOException, InterruptedException {
        int longest = longest(separators);
        ReadBuffer buffer = in.buffer();
        in.begin(method);
        int clean = 0;
        while (true) {
            ByteSearch.Match match = buffer.find(clean, separators);
            if (match != null) {
                return checked(in, match.start(), match.end());
            }
            clean = buffer.size();
            int before = Math.max(0, clean + 1 - longest);
            if (before > in.limit()) {
                throw notFound(in, before);
            }
            if (in.ended()) {
                in.throwIfBroken();
                byte[] partial = new byte[clean];
                buffer.copyTo(partial, 0, clean);
                throw new IncompleteReadException(partial, IncompleteReadException.UNDEFINED);
            }
            in.await(1);
        }
    }

    private static int longest(byte[]... separators) {
        if (separators.length == 0) {
            throw new IllegalArgumentException("no separator");
        }
        int longest = 0;
        for (byte[] separator : separators) {
            if (separator.length == 0) {
                throw new IllegalArgumentException("an empty separator");
            }
            longest = Math.max(longest, separator.length);
        }
        return longest;
    }

    private static int checked(Inbound in, int before, int length) throws LimitOverrunException {
        if (before > in.limit()) {
            throw overrun(
                    in,
                    "separator is found, but the chunk of " + before + " bytes is longer than the limit of "
                            + in.limit(),
                    before);
        }
        return length;
    }

    private static LimitOverrunException notFound(Inbound in, int before) {
        return overrun(
                in,
                "separator is not found, and the chunk of " + before + " bytes exceeds the limit of " + in.limit(),
                before);
    }

    /** The bytes stay, and perhaps nobody comes for them. */
    private static LimitOverrunException overrun(Inbound in, String message, int consumedBytes) {
        in.balance();
        return new LimitOverrunException(message, consumedBytes);
    }
}
