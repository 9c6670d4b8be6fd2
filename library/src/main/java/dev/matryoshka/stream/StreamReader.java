package dev.matryoshka.stream;

import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.Charset;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Reads a connection in straight-line code (asyncio.StreamReader). Loop thread only; reads are for tasks, one at a time.
 *
 * <p>When enough bytes are there a read takes them without parking and without touching the loop; otherwise it parks the task
 * until they come. A limit on how long that may take is {@link StreamOptions#readTimeout()} for every read, or a
 * {@link dev.matryoshka.task.Timeout} around one. Whoever is cancelled or timed out has taken nothing: the next read finds
 * everything.
 *
 * <h2>Windows</h2>
 * {@link #read()}, {@link #nextLine()} and {@link #nextUntil} copy nothing: they answer with a read-only window over the
 * reader's own memory, valid <em>until the next read</em> on this reader or until you close the connection. The reader has
 * one such object and uses it again and again; meanwhile it keeps the memory under it, up to 128 KiB. Copy out what has to live
 * longer, or while you wait for something else on very many connections. The forms that answer with arrays copy.
 *
 * <h2>Ends</h2>
 * Bytes that arrived are always delivered before the end or the error behind them (asyncio loses them on a reset). The
 * regular end is not an error: {@code read} answers empty, {@code readInto} -1, {@code readLine} with what is left.
 * Reads that cannot be satisfied throw {@link IncompleteReadException}; what broke the connection is thrown by every read
 * once there is nothing left that would satisfy it.
 *
 * <h2>Limit</h2>
 * A line may have {@link #limitBytes()} bytes without its separator, else {@link LimitOverrunException}, and nothing is taken.
 * {@code read} and {@code readExactly} know no limit. Back pressure: while nobody reads, at most about twice the limit is read
 * ahead, and at most a chunk of 128 KiB; then the transport pauses and the peer's sends stop.
 */
public final class StreamReader {
    /** From here on a direct buffer of the caller is received into without a copy; a shorter receive costs more calls. */
    private static final int LANDING_MIN_BYTES = 8 * 1024;

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0).asReadOnlyBuffer();
    private static final byte[] NO_BYTES = new byte[0];

    private final Inbound in;
    private final ReadBuffer buffer;

    /** Shared with the writer: when both have been dropped, so has the connection. */
    @SuppressWarnings("unused")
    private final Object lifeline;

    StreamReader(Inbound in, Object lifeline) {
        this.in = in;
        this.lifeline = lifeline;
        this.buffer = in.buffer();
    }

    // ---- whatever is there ----------------------------------------------------------------------------------------

    /**
     * Takes everything that is there; parks until there is something.
     *
     * @return a window, see above, of at least one byte; empty at the end
     * @throws IOException what broke the connection
     * @throws InterruptedException cancelled; nothing was taken
     */
    @Parks
    public ByteBuffer read() throws IOException, InterruptedException {
        in.begin("read");
        while (buffer.isEmpty()) {
            if (!in.await(1)) {
                return EMPTY;
            }
        }
        ByteBuffer window = buffer.lend(buffer.size());
        in.balance();
        return window;
    }

    /**
     * Takes up to a number of bytes; parks until there is at least one (asyncio {@code read(n)}).
     *
     * @param maxBytes 0 answers empty at once; negative reads until the end, whatever the limit
     * @return empty at the end
     * @throws IOException what broke the connection
     * @throws InterruptedException cancelled; nothing was taken
     */
    @Parks
    public byte[] read(int maxBytes) throws IOException, InterruptedException {
        in.begin("read");
        if (maxBytes < 0) {
            return collect(new Collector(Collector.ALL));
        }
        while (maxBytes > 0 && buffer.isEmpty()) {
            if (!in.await(1)) {
                return NO_BYTES;
            }
        }
        return take(Math.min(maxBytes, buffer.size()));
    }

    /**
     * Takes what is there into a buffer; parks until there is at least one byte. A large direct buffer is received into
     * without a copy when nothing is there yet.
     *
     * @param target its position moves; belongs to the reader until the call returns
     * @return how many bytes, 0 only without room, -1 at the end
     * @throws IOException what broke the connection
     * @throws InterruptedException cancelled; nothing was taken, the position is as before
     */
    @Parks
    public int readInto(ByteBuffer target) throws IOException, InterruptedException {
        requireWritable(target);
        in.begin("readInto");
        int start = target.position();
        if (!target.hasRemaining()) {
            in.balance();
            return 0;
        }
        if (buffer.isEmpty() && !in.ended() && canLand(target)) {
            in.land(target, 1);
            if (target.position() > start) {
                in.balance(); // what came behind a full target
                return target.position() - start;
            }
        }
        while (buffer.isEmpty()) {
            if (!in.await(1)) {
                return -1;
            }
        }
        buffer.copyTo(target, Math.min(buffer.size(), target.remaining()));
        in.balance();
        return target.position() - start;
    }

    private byte[] take(int byteCount) {
        byte[] taken = new byte[byteCount];
        buffer.copyTo(taken, 0, byteCount);
        in.balance();
        return taken;
    }

    // ---- so many --------------------------------------------------------------------------------------------------

    /**
     * Takes exactly so many bytes, whatever the limit (asyncio {@code readexactly}).
     *
     * @param byteCount 0 answers empty at once
     * @throws IllegalArgumentException it is negative
     * @throws IncompleteReadException the end came first; carries what there was, which is taken
     * @throws IOException what broke the connection; what there was can still be read
     * @throws InterruptedException cancelled; nothing was taken
     */
    @Parks
    public byte[] readExactly(int byteCount) throws IOException, InterruptedException {
        if (byteCount < 0) {
            throw new IllegalArgumentException("readExactly size can not be less than zero: " + byteCount);
        }
        in.begin("readExactly");
        return byteCount <= buffer.size() ? take(byteCount) : collect(new Collector(byteCount));
    }

    /**
     * Fills a buffer, as {@link #readExactly(int)}. A large direct buffer is received into without a copy.
     *
     * @param target its position moves to its limit; belongs to the reader until the call returns
     * @throws IncompleteReadException the end came first; the bytes are in the target too
     * @throws IOException what broke the connection; what there was can still be read, the position is as before
     * @throws InterruptedException cancelled; nothing was taken, the position is as before
     */
    @Parks
    public void readExactly(ByteBuffer target) throws IOException, InterruptedException {
        requireWritable(target);
        in.begin("readExactly");
        int start = target.position();
        while (true) {
            buffer.copyTo(target, Math.min(buffer.size(), target.remaining()));
            if (!target.hasRemaining()) {
                in.balance();
                return;
            }
            if (in.ended()) {
                throw endedWithin(target, start);
            }
            try {
                if (canLand(target)) {
                    in.land(target, target.remaining());
                } else {
                    in.await(target.remaining());
                }
            } catch (InterruptedException | SocketTimeoutException givenUp) {
                in.takeBack(target, start);
                throw givenUp;
            }
        }
    }

    private IOException endedWithin(ByteBuffer target, int start) {
        IOException broken = in.failure();
        if (broken != null) {
            in.takeBack(target, start);
            return broken;
        }
        byte[] partial = new byte[target.position() - start];
        target.get(start, partial);
        return new IncompleteReadException(partial, target.limit() - start);
    }

    private byte[] collect(Collector collector) throws IOException, InterruptedException {
        while (true) {
            collector.takeFrom(buffer);
            if (collector.missing() == 0) {
                in.balance();
                return collector.toArray();
            }
            if (in.ended()) {
                return endOf(collector);
            }
            try {
                in.await(collector.missing());
            } catch (InterruptedException | SocketTimeoutException givenUp) {
                collector.putBack(buffer);
                in.balance();
                throw givenUp;
            }
        }
    }

    private byte[] endOf(Collector collector) throws IOException {
        if (in.failure() != null) {
            collector.putBack(buffer);
            in.throwIfBroken();
        }
        if (collector.wantedBytes() != Collector.ALL) {
            throw new IncompleteReadException(collector.toArray(), collector.wantedBytes());
        }
        return collector.toArray();
    }

    private static boolean canLand(ByteBuffer target) {
        return target.isDirect() && target.remaining() >= LANDING_MIN_BYTES;
    }

    private static void requireWritable(ByteBuffer target) {
        if (target.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
    }

    // ---- up to a separator ----------------------------------------------------------------------------------------

    /**
     * Takes one line, without a copy.
     *
     * @return a window, see above, with the newline; without one what was left at the end; empty at the end
     * @throws LimitOverrunException the line is too long; nothing was taken
     * @throws IOException what broke the connection; an unfinished line can still be read otherwise
     * @throws InterruptedException cancelled; nothing was taken
     */
    @Parks
    public ByteBuffer nextLine() throws IOException, InterruptedException {
        return lend(Separation.awaitLine(in, "nextLine"));
    }

    /** As {@link #nextLine()}, in an array of its own (asyncio {@code readline}). */
    @Parks
    public byte[] readLine() throws IOException, InterruptedException {
        return take(Separation.awaitLine(in, "readLine"));
    }

    /**
     * Takes one line as text, as {@link java.io.BufferedReader#readLine()} does.
     *
     * @param charset one in which a newline is the byte 10, such as UTF-8
     * @return without its {@code \n} or {@code \r\n}; null at the end
     * @throws LimitOverrunException the line is too long; nothing was taken
     * @throws IOException what broke the connection
     * @throws InterruptedException cancelled; nothing was taken
     */
    @Parks
    public @Nullable String readLine(Charset charset) throws IOException, InterruptedException {
        byte[] line = take(Separation.awaitLine(in, "readLine"));
        int length = line.length;
        if (length == 0) {
            return null;
        }
        if (line[length - 1] == '\n') {
            length--;
            if (length > 0 && line[length - 1] == '\r') {
                length--;
            }
        }
        return new String(line, 0, length, charset);
    }

    /**
     * Takes everything up to and with a separator, without a copy. Of several separators that one counts whose match ends
     * first; of those that end together the shortest.
     *
     * @param separators at least one, none of them empty
     * @return a window, see above
     * @throws IllegalArgumentException there is none, or an empty one
     * @throws LimitOverrunException too much stands before the separator; nothing was taken
     * @throws IncompleteReadException the end came first; carries what there was, which is taken
     * @throws IOException what broke the connection; what there was can still be read
     * @throws InterruptedException cancelled; nothing was taken
     */
    @Parks
    public ByteBuffer nextUntil(byte[]... separators) throws IOException, InterruptedException {
        return lend(Separation.awaitSeparator(in, "nextUntil", separators));
    }

    /** As {@link #nextUntil}, in an array of its own (asyncio {@code readuntil}). */
    @Parks
    public byte[] readUntil(byte[]... separators) throws IOException, InterruptedException {
        return take(Separation.awaitSeparator(in, "readUntil", separators));
    }

    private ByteBuffer lend(int byteCount) {
        if (byteCount == 0) {
            return EMPTY;
        }
        ByteBuffer window = buffer.lend(byteCount);
        in.balance();
        return window;
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    /**
     * Changes the limit of {@link StreamOptions#readTimeout()} for the reads to come: phases of a protocol have patience of their own.
     *
     * @param limit zero for none
     * @throws IllegalArgumentException it is negative
     * @throws dev.matryoshka.loop.BusyException a task waits in a read
     */
    public void setReadTimeout(Duration limit) {
        in.engine().checkLoopThread();
        in.limitReads(limit);
    }

    /** Whether the peer has ended, or the connection is over, and everything was read. */
    public boolean atEof() {
        in.engine().checkLoopThread();
        return in.ended() && buffer.isEmpty();
    }

    /** What broke the connection, or null. Reads deliver what arrived before it. */
    public @Nullable IOException exception() {
        in.engine().checkLoopThread();
        return in.failure();
    }

    /** How many bytes can be taken without parking. */
    public int bufferedBytes() {
        in.engine().checkLoopThread();
        return buffer.size();
    }

    /** How long a line may be, in bytes without its separator. Any thread. */
    public int limitBytes() {
        return in.limit();
    }

    /**
     * The same bytes for code that wants a {@link InputStream}: its reads park as those here do, and its
     * {@code available()} is {@link #bufferedBytes()}. Cancelling shows as {@link java.io.InterruptedIOException}. Closing it
     * does not close the connection. Any thread may ask for it.
     */
    public InputStream asInputStream() {
        return new ReaderInputStream(this);
    }

    @Override
    public String toString() {
        return "StreamReader[" + in + "]";
    }
}
