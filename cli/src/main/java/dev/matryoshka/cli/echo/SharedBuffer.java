package dev.matryoshka.cli.echo;

import java.nio.ByteBuffer;

/**
 * Memory to receive into, one piece for all connections of a server: a transport has taken the bytes when {@code write}
 * returns, so between two callbacks nobody needs it. With 10,000 connections that is 256 KiB instead of 2.5 GiB.
 */
final class SharedBuffer {
    /** What a transport reads at most at once. */
    private static final int SIZE_BYTES = 256 * 1024;

    private final ByteBuffer bytes = ByteBuffer.allocateDirect(SIZE_BYTES);

    /** All of it, empty. */
    ByteBuffer toFill() {
        return bytes.clear();
    }

    /** What was put into it. */
    ByteBuffer filled() {
        return bytes.flip();
    }
}
