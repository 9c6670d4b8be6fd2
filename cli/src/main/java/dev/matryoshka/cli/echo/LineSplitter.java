package dev.matryoshka.cli.echo;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what one connection receives into lines. Lines that arrive whole are passed on where they lie, without a copy; only
 * the beginning of a line that has not ended yet is kept.
 */
final class LineSplitter {
    /** A kept beginning larger than this gives its memory back when its line is whole. */
    private static final int KEEP_BYTES = 4 * 1024;

    private final int lineMaxBytes;

    /** The beginning of an unfinished line, to be flipped before it is read; null when there was none, or a large one. */
    private @Nullable ByteBuffer rest;

    /** @param lineMaxBytes how long a line may be, without its newline */
    LineSplitter(int lineMaxBytes) {
        this.lineMaxBytes = lineMaxBytes;
    }

    /** Gets lines. */
    @FunctionalInterface
    interface Sink {
        /**
         * A line, or the first piece of one whose second piece follows at once.
         *
         * @param bytes taken completely, or copied, by the end of the call
         */
        void accept(ByteBuffer bytes);
    }

    /**
     * Passes on every line that ends in the data, and keeps what is left.
     *
     * @param data its position moves to its limit
     * @return false when a line is too long; the lines before it were passed on, and nothing more can be
     */
    boolean split(ByteBuffer data, Sink sink) {
        int from = data.position();
        int end = data.limit();
        int newline;
        while ((newline = Newlines.find(data, from, end)) >= 0) {
            if (newline - from > lineMaxBytes - restBytes()) {
                return false;
            }
            passRest(sink);
            data.limit(newline + 1).position(from);
            sink.accept(data);
            from = newline + 1;
            data.limit(end);
        }
        data.position(from);
        return keep(data);
    }

    /** Passes on the unfinished last line, if there is one; after the end. */
    void finish(Sink sink) {
        passRest(sink);
    }

    private int restBytes() {
        return rest == null ? 0 : rest.position();
    }

    private void passRest(Sink sink) {
        ByteBuffer begun = rest;
        if (begun == null || begun.position() == 0) {
            return;
        }
        sink.accept(begun.flip());
        rest = begun.capacity() > KEEP_BYTES ? null : begun.clear();
    }

    private boolean keep(ByteBuffer data) {
        int more = data.remaining();
        if (more == 0) {
            return true;
        }
        int before = restBytes();
        if (more > lineMaxBytes - before) {
            return false;
        }
        ByteBuffer begun = rest;
        if (begun == null || begun.remaining() < more) {
            int wanted = Math.max(256, Integer.highestOneBit(before + more) * 2);
            ByteBuffer larger = ByteBuffer.allocate(wanted);
            if (begun != null) {
                larger.put(begun.flip());
            }
            rest = begun = larger;
        }
        begun.put(data);
        return true;
    }
}
