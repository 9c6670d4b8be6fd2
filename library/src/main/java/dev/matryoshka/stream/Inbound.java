package dev.matryoshka.stream;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.PassEndListener;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.loop.BusyException;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where the two sides of a reader meet: the protocol puts bytes, the end or an error; one task at a time waits for them and
 * takes them (the {@code _buffer}, {@code _waiter}, {@code _eof}, {@code _paused} of asyncio.StreamReader). Loop thread only.
 *
 * <h2>Back pressure</h2>
 * While no task waits, receiving pauses when more than twice the limit is unread, or when a chunk is full of it: growing a
 * region for bytes that nobody asked for would only copy them. It goes on when at most the limit is left, and at most half a
 * chunk, so that the rest is moved cheaply. A task that waits has always a transport that receives: whatever it needs comes,
 * however long it is.
 */
final class Inbound implements PassEndListener {
    /** A task that waits for much is woken at the latest now, to take it out of the chunk. */
    static final int WAKE_MAX_BYTES = ReadBuffer.CHUNK_BYTES / 2;

    private final LoopEngine engine;
    private final int limit;
    private final ReadBuffer buffer;
    private final Waiter waiter = new Waiter("bytes of a stream");

    /** Null until the connection is made. */
    private @Nullable Transport transport;

    /** No bytes will come any more. */
    private boolean ended;

    /** Why they end, or null after a regular end. */
    private @Nullable IOException failure;

    /** Receiving is paused: by us, or by the protocol that was here before. */
    private boolean paused;

    /** The waiting task is woken when so many bytes are unread. */
    private int wakeAtBytes;

    /** Memory of the waiting task that is received into directly; only while nothing is unread. */
    private @Nullable ByteBuffer landing;

    /** The position of {@link #landing} at which its task is woken. */
    private int landingGoal;

    /** The transport was last given {@link #landing}. */
    private boolean intoLanding;

    /** Stands in the engine's list for the end of the pass. */
    private boolean settleQueued;

    /** How long each read may take, or null. */
    private @Nullable ReadLimit readLimit;

    /** The task that passed the check last: mostly it is the same again, and the check one comparison. */
    private @Nullable Thread lastReader;

    Inbound(LoopEngine engine, int limit) {
        this.engine = engine;
        this.limit = limit;
        this.buffer = new ReadBuffer(engine.readChunks());
    }

    LoopEngine engine() {
        return engine;
    }

    int limit() {
        return limit;
    }

    ReadBuffer buffer() {
        return buffer;
    }

    boolean ended() {
        return ended;
    }

    @Nullable
    IOException failure() {
        return failure;
    }

    // ---- the protocol's side --------------------------------------------------------------------------------------

    void attach(Transport newTransport) {
        transport = newTransport;
    }

    /** As {@link #attach} in the place of another protocol: what that has paused, the first task that waits resumes. */
    void takeOver(Transport open) {
        attach(open);
        paused = !open.isReading();
    }

    /** Where to receive next; whether something comes at all is not known yet. */
    ByteBuffer room() {
        ByteBuffer target = landing;
        if (target != null && target.hasRemaining()) {
            intoLanding = true;
            return target;
        }
        intoLanding = false;
        return buffer.room();
    }

    /** What is held when the pass ends moves to less memory, if it needs less. */
    void settleLater() {
        if (!settleQueued) {
            settleQueued = true;
            engine.atPassEnd(this);
        }
    }

    /** No window is used any more, and perhaps no task comes for what is unread. */
    void endLending() {
        buffer.endLending();
        settleIfOversized();
    }

    /** The room is not needed. */
    void nothingCame() {
        if (!intoLanding) {
            buffer.settle();
        }
    }

    /** The chunk that {@link #room} lies in, if it does. */
    @Nullable
    Chunk chunkToFill() {
        return intoLanding ? null : buffer.chunk();
    }

    void received(int byteCount) {
        ByteBuffer target = landing;
        if (intoLanding && target != null) {
            if (target.position() >= landingGoal) {
                waiter.signal();
            }
            return;
        }
        buffer.received(byteCount);
        if (!waiter.isOccupied()) {
            balance();
        } else if (buffer.size() >= wakeAtBytes) {
            waiter.signal(); // its read takes them, mostly in this pass, and balances or waits again
        } else {
            settleLater();
        }
    }

    /** Feeds a copy; for tests and for bytes that another protocol had received. Nothing happens for an empty buffer. */
    void feed(ByteBuffer data) {
        if (ended) {
            throw new IllegalStateException("bytes after the end");
        }
        while (data.hasRemaining()) {
            ByteBuffer target = room();
            int count = Math.min(target.remaining(), data.remaining());
            target.put(target.position(), data, data.position(), count).position(target.position() + count);
            data.position(data.position() + count);
            received(count);
        }
    }

    /** Another layer has taken what is unread; nothing is paused any more. */
    void surrender() {
        buffer.clear();
        paused = false;
    }

    /** The end: regular without a failure. The first word counts, but for a failure after a regular end. */
    void end(@Nullable IOException why) {
        if (failure == null) {
            failure = why;
        }
        ended = true;
        lastReader = null;
        if (readLimit != null) {
            readLimit.stop();
        }
        waiter.signal();
    }

    /**
     * A few bytes that no task has taken would otherwise keep their chunk, and so on ten thousand connections. Whoever leaves some
     * asks for it; a task that takes all that came, as most do, has nothing to ask for.
     */
    @Override
    public void onPassEnd() {
        settleQueued = false;
        buffer.settle();
    }

    // ---- the task's side ------------------------------------------------------------------------------------------

    /**
     * First line of every read.
     *
     * @throws BusyException another task waits here
     */
    void begin(String method) {
        Thread caller = Thread.currentThread();
        if (caller != lastReader) {
            engine.members().requireTask(method);
            lastReader = caller;
        }
        if (waiter.isOccupied()) {
            throw new BusyException(method + "() called while another task is already waiting for incoming data");
        }
        buffer.endLending();
        if (readLimit != null) {
            readLimit.begin();
        }
    }

    /** @param limit for the next read and those after it; zero for none */
    void limitReads(Duration limit) {
        if (limit.isNegative()) {
            throw new IllegalArgumentException("negative readTimeout: " + limit);
        }
        if (waiter.isOccupied()) {
            throw new BusyException("the read timeout was changed while a task is waiting for incoming data");
        }
        if (readLimit != null) {
            readLimit.stop();
        }
        readLimit = limit.isZero() ? null : new ReadLimit(engine, waiter, limit);
    }

    /** Whether a read has failed with this because its time was over. */
    boolean hasTimedOutWith(Throwable failure) {
        return readLimit != null && readLimit.hasThrown(failure);
    }

    /** Nothing more will come: throws what broke the connection, returns when it ended regularly. */
    void throwIfBroken() throws IOException {
        IOException broken = failure;
        if (broken != null) {
            throw broken;
        }
    }

    /**
     * Parks until so many more bytes may be there; "look again", not "there they are". One frame, which lies in memory as long as
     * the connection is idle.
     *
     * @return false when nothing more will come, after a regular end
     * @throws IOException nothing more will come, because this broke the connection
     */
    boolean await(int moreBytes) throws IOException, InterruptedException {
        if (ended) {
            throwIfBroken();
            return false;
        }
        buffer.settle();
        wakeAtBytes = (int) Math.min((long) buffer.size() + moreBytes, WAKE_MAX_BYTES);
        try {
            if (readLimit != null) {
                readLimit.parking();
            }
            resume();
            waiter.await();
        } catch (InterruptedException | SocketTimeoutException givenUp) {
            balance();
            throw givenUp;
        }
        return true;
    }

    /**
     * Parks until a number of bytes were received straight into the caller's memory, or the end came. Nothing is unread.
     *
     * @param target direct and writable, with room for {@code minimumBytes}; its position moves
     * @throws InterruptedException cancelled; what had been received is unread again, the position as before
     */
    void land(ByteBuffer target, int minimumBytes) throws IOException, InterruptedException {
        int start = target.position();
        landing = target;
        landingGoal = start + minimumBytes;
        try {
            while (!ended && target.position() - start < minimumBytes) {
                await(1);
            }
        } finally {
            landing = null;
        }
    }

    /** Makes what was put into the caller's memory unread again. */
    void takeBack(ByteBuffer target, int start) {
        byte[] copy = new byte[target.position() - start];
        target.get(start, copy).position(start);
        buffer.pushBack(copy, copy.length);
        balance();
    }

    /** After bytes were taken, or came without being asked for, or a read has ended otherwise: the peer's pace, and memory. */
    void balance() {
        int size = buffer.size();
        if (paused) {
            if (size <= limit && size <= WAKE_MAX_BYTES) {
                resume();
            }
        } else if (size > 2L * limit || buffer.isFull()) {
            pause();
        }
        settleIfOversized();
    }

    private void settleIfOversized() {
        if (buffer.isOversized()) {
            settleLater();
        }
    }

    private void pause() {
        Transport source = transport;
        if (source != null && !ended) {
            paused = true;
            source.pauseReading();
        }
    }

    private void resume() {
        Transport source = transport;
        if (paused && source != null) {
            paused = false;
            source.resumeReading();
        }
    }

    @Override
    public String toString() {
        return buffer.size() + " bytes" + (ended ? ", eof" : "") + ", limit=" + limit
                + (failure == null ? "" : ", exception=" + failure) + (waiter.isOccupied() ? ", awaited" : "")
                + (paused ? ", paused" : "");
    }
}
