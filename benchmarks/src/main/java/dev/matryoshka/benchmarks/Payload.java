package dev.matryoshka.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What servers send when nobody has sent it to them: the alphabet, over and over. The C server sends the same; the load looks
 * at the first bytes of each.
 */
public final class Payload {
    /** What a source gives to one write. */
    public static final int CHUNK_BYTES = 64 * 1024;

    /** Of a request that is answered in two pieces. */
    public static final int REQUEST_BYTES = 16;

    /** The first piece of that answer. */
    public static final int HEAD_BYTES = 100;

    /** The second piece. */
    public static final int BODY_BYTES = 1024;

    /** The file that is sent again and again: larger than every buffer, small enough to stay in memory. */
    public static final int FILE_BYTES = 16 * 1024 * 1024;

    private static final int LETTERS = 26;

    private Payload() {}

    /** So many bytes in an array. */
    public static byte[] array(int byteCount) {
        byte[] bytes = new byte[byteCount];
        for (int i = 0; i < byteCount; i++) {
            bytes[i] = (byte) ('a' + i % LETTERS);
        }
        return bytes;
    }

    /** So many bytes outside of the heap, ready to be sent. */
    public static ByteBuffer direct(int byteCount) {
        return ByteBuffer.allocateDirect(byteCount).put(array(byteCount)).flip();
    }

    /** A file of {@link #FILE_BYTES}, which goes when the JVM ends. */
    public static Path file() {
        try {
            Path file = Files.createTempFile("payload", ".bin");
            file.toFile().deleteOnExit();
            ByteBuffer chunk = direct(CHUNK_BYTES);
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                for (int written = 0; written < FILE_BYTES; ) {
                    written += channel.write(chunk.rewind());
                }
            }
            return file;
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
    }
}
