package dev.matryoshka.kernel.nio;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;

/**
 * Moves the bytes of one stream of a child to or from a pipe inside this process, by blocking on a thread of its own, which ends
 * with the stream. Back pressure goes through: who does not read fills the pipe, and this blocks.
 *
 * <p>Whichever side ends, the other is ended too. A child that nobody reads any more gets SIGPIPE at its next write; but a blocking
 * read cannot be broken off, so as long as the child, or whom it has given its output to, neither writes nor ends, the thread stays.
 */
final class NioPump {
    /** What a pipe of Linux holds. */
    private static final int BYTES = 64 * 1024;

    private NioPump() {}

    /** From the child to us. */
    static Runnable fromChild(InputStream source, Pipe.SinkChannel target) {
        return () -> {
            byte[] bytes = new byte[BYTES];
            try (source;
                    target) {
                for (int count; (count = source.read(bytes)) >= 0; ) {
                    write(target, ByteBuffer.wrap(bytes, 0, count));
                }
            } catch (IOException over) {
                return; // we have closed our end, or the child is gone: the closing of both is all there is to tell
            }
        };
    }

    /** A channel that blocks takes everything, in one or several calls. */
    private static void write(Pipe.SinkChannel target, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int ignored = target.write(bytes);
        }
    }

    /** From us to the child. */
    static Runnable toChild(Pipe.SourceChannel source, OutputStream target) {
        return () -> {
            byte[] bytes = new byte[BYTES];
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            try (source;
                    target) {
                while (source.read(buffer.clear()) >= 0) {
                    target.write(bytes, 0, buffer.position());
                    target.flush();
                }
            } catch (IOException over) {
                return; // the child does not read any more: with our reading end closed the next write fails
            }
        };
    }

    /** Closes what is only to be gone. */
    static void close(Closeable channel) {
        try {
            channel.close();
        } catch (IOException failed) {
            return; // close(2): the descriptor is gone whatever it answers
        }
    }
}
