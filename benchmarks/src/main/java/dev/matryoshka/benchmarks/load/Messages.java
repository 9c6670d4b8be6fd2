package dev.matryoshka.benchmarks.load;

import java.nio.ByteBuffer;

/** What the load sends. */
final class Messages {
    private static final int LETTERS = 26;

    private Messages() {}

    /** A line of letters that ends with a newline, so many bytes in all. */
    static ByteBuffer ofSize(int sizeBytes) {
        ByteBuffer message = ByteBuffer.allocateDirect(sizeBytes);
        for (int i = 0; i < sizeBytes - 1; i++) {
            message.put((byte) ('a' + i % LETTERS));
        }
        return message.put((byte) '\n').flip();
    }
}
