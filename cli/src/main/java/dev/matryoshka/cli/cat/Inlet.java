package dev.matryoshka.cli.cat;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Reads a blocking stream on a thread of its own, one piece for each time that somebody asks. Loop thread only, but for its own
 * thread. A piece that comes when nobody is there any more waits for the next one to ask: nothing is lost between two
 * connections.
 */
public final class Inlet {
    private static final int PIECE_BYTES = 64 * 1024;

    /** Who asks. */
    public interface Sink {
        /** What was asked for: at least one byte, and the sink's to keep. */
        void piece(ByteBuffer data);

        /** There is no more; for each who asks. */
        void end();
    }

    private final Loop loop;
    private final InputStream in;

    /** A permit for each piece that is to be read. */
    private final Semaphore asked = new Semaphore(0);

    private @Nullable Sink sink;
    private @Nullable ByteBuffer held;
    private boolean started;
    private boolean reading;
    private boolean ended;

    /** A piece was taken from the stream, and the loop has not been told yet. */
    private volatile boolean arriving;

    /** Reads nothing until asked. */
    public Inlet(Loop loop, InputStream in) {
        this.loop = loop;
        this.in = in;
    }

    /** Asks for one piece, later or from within this call; asking again before it came changes only who gets it. */
    public void ask(Sink who) {
        sink = who;
        if (held != null) {
            deliver();
        } else if (ended) {
            tellEnd();
        } else if (!reading) {
            reading = true;
            start();
            asked.release();
        }
    }

    /** Whether all of it was read. */
    boolean isEnded() {
        return ended && held == null;
    }

    /** Whether there is something to be read at once, as far as the system can tell. */
    boolean hasMore() {
        try {
            return held != null || arriving || !ended && in.available() > 0;
        } catch (IOException closed) {
            return false;
        }
    }

    /** What comes now waits for another. */
    public void leave(Sink who) {
        if (sink == who) {
            sink = null;
        }
    }

    private void deliver() {
        Sink taker = sink;
        ByteBuffer piece = held;
        if (taker != null && piece != null) {
            sink = null;
            held = null;
            taker.piece(piece);
        }
    }

    private void tellEnd() {
        Sink taker = sink;
        if (taker != null) {
            sink = null;
            taker.end();
        }
    }

    private void start() {
        if (!started) {
            started = true;
            Thread.ofPlatform().daemon().name("standard-input").start(this::read);
        }
    }

    /** On its own thread, until the stream or the loop ends. A stream that fails has ended, as for every filter. */
    private void read() {
        try {
            while (true) {
                asked.acquire();
                byte[] bytes = new byte[PIECE_BYTES];
                int count = receive(bytes);
                arriving = true;
                loop.callSoonThreadsafe(() -> arrived(bytes, count));
                if (count < 0) {
                    return;
                }
            }
        } catch (InterruptedException | LoopClosedException over) {
            return;
        }
    }

    private int receive(byte[] bytes) {
        try {
            return in.read(bytes);
        } catch (IOException failed) {
            return -1;
        }
    }

    private void arrived(byte[] bytes, int count) {
        arriving = false;
        reading = false;
        if (count < 0) {
            ended = true;
            tellEnd();
        } else {
            held = ByteBuffer.wrap(bytes, 0, count);
            deliver();
        }
    }
}
