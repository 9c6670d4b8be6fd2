package dev.matryoshka.layer;

import dev.matryoshka.loop.Loop;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A file and the queue before it. Any thread: loops add, one job at a time writes, whoever closes writes the rest.
 *
 * <p>A plain stream and not a channel: a channel closes its file when its thread is interrupted, and a task that is cancelled
 * may close a capture.
 */
final class CaptureFile {
    private static final System.Logger LOG = System.getLogger("dev.matryoshka.layer");

    /** With nanoseconds; the byte order is told by how this is read. */
    private static final int MAGIC = 0xA1B23C4D;

    private static final short MAJOR = 2;
    private static final short MINOR = 4;
    private static final int HEADER_BYTES = 24;

    /** LINKTYPE_RAW: the packet begins with its IP header. */
    private static final int RAW_IP = 101;

    private final Path path;
    private final OutputStream out;
    private final CaptureOptions options;
    private final Queue<ByteBuffer> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queuedBytes = new AtomicInteger();
    private final AtomicLong acceptedBytes = new AtomicLong(HEADER_BYTES);
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();
    private final AtomicInteger connections = new AtomicInteger();

    /** A job is writing, or on its way to. */
    private final AtomicBoolean writing = new AtomicBoolean();

    private volatile boolean closed;

    /** The file is closed. Guarded by this. */
    private boolean ended;

    private volatile @Nullable IOException failure;

    CaptureFile(Path path, OutputStream out, CaptureOptions options) {
        this.path = path;
        this.out = out;
        this.options = options;
    }

    static CaptureFile create(Path path, CaptureOptions options) throws IOException {
        OutputStream out = new FileOutputStream(path.toFile());
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.putInt(MAGIC).putShort(MAJOR).putShort(MINOR).putInt(0).putInt(0);
        header.putInt(options.snapBytes()).putInt(RAW_IP);
        try {
            out.write(header.array());
        } catch (IOException failed) {
            out.close();
            throw failed;
        }
        return new CaptureFile(path, out, options);
    }

    /** Loop thread of the loop. Never waits. */
    void add(Loop loop, ByteBuffer packet) {
        int bytes = packet.remaining();
        if (closed || failure != null || !hasRoom(bytes)) {
            dropped.incrementAndGet();
            return;
        }
        accepted.incrementAndGet();
        queue.add(packet);
        if (writing.compareAndSet(false, true)) {
            try {
                loop.runInExecutor(() -> {
                    write();
                    return true;
                });
            } catch (RuntimeException refused) {
                // the loop is closed, or its executor takes no more jobs: the next packet asks again, and close()
                // writes what is left
                writing.set(false);
            }
        }
    }

    /** Takes the room, so that several loops together keep within it. */
    private boolean hasRoom(int bytes) {
        if (queuedBytes.addAndGet(bytes) > options.queueBytesMax()) {
            queuedBytes.addAndGet(-bytes);
            return false;
        }
        if (acceptedBytes.addAndGet(bytes) > options.fileBytesMax()) {
            acceptedBytes.addAndGet(-bytes);
            queuedBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** In a thread of an executor. What is added after the last look finds that nobody writes, and starts a job. */
    private void write() {
        do {
            writeQueued();
            writing.set(false);
        } while (!queue.isEmpty() && writing.compareAndSet(false, true));
    }

    private synchronized void writeQueued() {
        for (ByteBuffer packet; (packet = queue.poll()) != null; ) {
            queuedBytes.addAndGet(-packet.remaining());
            if (failure != null || ended) {
                lose();
                continue;
            }
            try {
                out.write(packet.array(), packet.arrayOffset() + packet.position(), packet.remaining());
            } catch (IOException failed) {
                failure = failed;
                lose();
                LOG.log(System.Logger.Level.WARNING, "capture to " + path + " ends: " + failed);
            }
        }
    }

    private void lose() {
        accepted.decrementAndGet();
        dropped.incrementAndGet();
    }

    /** Nothing is added from here on, so who writes comes to an end. */
    void close() throws IOException {
        closed = true;
        end();
    }

    private synchronized void end() throws IOException {
        if (ended) {
            return;
        }
        writeQueued();
        ended = true;
        IOException before = failure;
        out.close();
        if (before != null) {
            throw before;
        }
    }

    boolean isClosed() {
        return closed;
    }

    int nextConnection() {
        return connections.getAndIncrement() & Integer.MAX_VALUE;
    }

    long packets() {
        return accepted.get();
    }

    long droppedPackets() {
        return dropped.get();
    }

    @Nullable
    IOException failure() {
        return failure;
    }
}
