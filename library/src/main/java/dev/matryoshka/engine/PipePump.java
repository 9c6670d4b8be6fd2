package dev.matryoshka.engine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * A thread that copies between a stream that blocks and a pipe of the loop: regular files, and everything on kernels that can
 * watch sockets only. The pipe between them is the back-pressure and carries the ends, in both directions.
 *
 * <p>A thread that waits in a read cannot be stopped: it ends when the next bytes come, and those (64 KiB at most) are lost. So a
 * thread that reads is a daemon. One that writes is none, or a JVM that ends would cut off what was written last.
 */
public final class PipePump {
    private static final int PIECE_BYTES = 64 * 1024;
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private PipePump() {}

    /**
     * Opens whatever blocks, on the thread: opening a FIFO may wait as well.
     *
     * @param <S> what is opened
     */
    @FunctionalInterface
    public interface Opening<S> {
        /** Opens it; closed by the pump. */
        S open() throws IOException;
    }

    /**
     * Copies what a stream has into the loop's pipe, then closes both.
     *
     * @param onFailure called on the pump's thread when the stream cannot be opened or read, before the pipe's end is seen
     */
    public static void read(Opening<InputStream> opening, OutputStream pipe, Consumer<IOException> onFailure) {
        start(true, () -> {
            try (pipe) {
                byte[] piece = new byte[PIECE_BYTES];
                try (InputStream from = opening.open()) {
                    for (int count; (count = from.read(piece)) >= 0; ) {
                        if (!put(pipe, piece, count)) {
                            return;
                        }
                    }
                } catch (IOException failed) {
                    onFailure.accept(failed);
                } catch (RuntimeException failed) {
                    onFailure.accept(new IOException(failed));
                }
            } catch (IOException closed) {
                return; // the loop's end is closed: nobody listens
            }
        });
    }

    private static boolean put(OutputStream pipe, byte[] piece, int count) {
        try {
            pipe.write(piece, 0, count);
            return true;
        } catch (IOException closed) {
            return false; // the loop does not want more
        }
    }

    /**
     * Copies what comes through the loop's pipe into a stream, flushing whenever it has caught up; then closes both.
     *
     * @param onFailure called on the pump's thread when the stream cannot be opened or written, before the pipe breaks
     */
    public static void write(InputStream pipe, Opening<OutputStream> opening, Consumer<IOException> onFailure) {
        start(false, () -> {
            try (pipe) {
                byte[] piece = new byte[PIECE_BYTES];
                try (OutputStream to = opening.open()) {
                    for (int count; (count = pipe.read(piece)) >= 0; ) {
                        to.write(piece, 0, count);
                        to.flush();
                    }
                } catch (IOException failed) {
                    onFailure.accept(failed);
                } catch (RuntimeException failed) {
                    onFailure.accept(new IOException(failed));
                }
            } catch (IOException closed) {
                return; // of a pipe that was only read
            }
        });
    }

    private static void start(boolean daemon, Runnable body) {
        Thread thread = new Thread(body, "matryoshka-pipe-" + NUMBERS.incrementAndGet());
        thread.setDaemon(daemon);
        thread.start();
    }
}
