package dev.matryoshka.cli.cat;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a blocking stream on a thread of its own. Loop thread only, but for that. Who looks at {@link #isFull()} after each
 * write keeps it bounded: it holds the mark and one receive at most.
 */
public final class Outlet {
    private static final int FULL_BYTES = 256 * 1024;
    private static final int EMPTY_BYTES = FULL_BYTES / 4;
    private static final byte[] END = {};

    private final Loop loop;
    private final OutputStream out;
    private final BlockingQueue<byte[]> queue = new LinkedBlockingQueue<>();
    private int queuedBytes;
    private boolean full;
    private boolean started;
    private @Nullable IOException failure;
    private @Nullable Runnable onRoom;
    private @Nullable Runnable onFinished;
    private Consumer<IOException> onFailure = failed -> {};

    /** Starts its thread with the first write. */
    public Outlet(Loop loop, OutputStream out) {
        this.loop = loop;
        this.out = out;
    }

    /** What is called, once, when the stream takes no more; from then on bytes are dropped. */
    public void onFailure(Consumer<IOException> callback) {
        onFailure = callback;
    }

    /** Copies the bytes. */
    public void write(ByteBuffer data) {
        if (failure != null) {
            return;
        }
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        queuedBytes += copy.length;
        full |= queuedBytes > FULL_BYTES;
        start();
        queue.add(copy);
    }

    /** Whether to wait for {@link #whenRoom}. */
    public boolean isFull() {
        return full && failure == null;
    }

    /** Calls back when it is no longer full; one caller at a time. */
    public void whenRoom(Runnable callback) {
        onRoom = callback;
    }

    /** Calls back when all is written, or cannot be; nothing may be written afterwards. */
    public void finish(Runnable callback) {
        if (!started || failure != null) {
            callback.run();
            return;
        }
        onFinished = callback;
        queue.add(END);
    }

    private void start() {
        if (!started) {
            started = true;
            Thread.ofPlatform().daemon().name("standard-output").start(this::work);
        }
    }

    private void work() {
        try {
            for (byte[] piece; (piece = queue.take()) != END; ) {
                out.write(piece);
                out.flush();
                int count = piece.length;
                loop.callSoonThreadsafe(() -> written(count));
            }
            loop.callSoonThreadsafe(this::finished);
        } catch (IOException broken) {
            tell(() -> failed(broken));
        } catch (InterruptedException | LoopClosedException over) {
            return;
        }
    }

    private void tell(Runnable callback) {
        try {
            loop.callSoonThreadsafe(callback);
        } catch (LoopClosedException over) {
            return; // nobody is left to be told
        }
    }

    private void written(int byteCount) {
        queuedBytes -= byteCount;
        if (full && queuedBytes <= EMPTY_BYTES) {
            room();
        }
    }

    private void room() {
        full = false;
        Runnable callback = onRoom;
        onRoom = null;
        if (callback != null) {
            callback.run();
        }
    }

    private void finished() {
        Runnable callback = onFinished;
        onFinished = null;
        if (callback != null) {
            callback.run();
        }
    }

    private void failed(IOException broken) {
        failure = broken;
        queue.clear();
        onFailure.accept(broken);
        room();
        finished();
    }
}
