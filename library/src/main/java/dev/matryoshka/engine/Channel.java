package dev.matryoshka.engine;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.URGENT;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingIo;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A channel for bytes in order: a stream socket (listening, on its way, or connected), or one end of a pipe; and the only way
 * to its bytes. Loop thread only.
 *
 * <p>A move of fewer bytes than there was room for means drained, or full. After a hang-up or an error short no longer means
 * drained (the FIN gave its event already), and the bit stays until EOF. Nor does it once urgent data has come: a receive stops
 * before each urgent byte, and what lies behind it makes no event any more. Which receive has passed the last of them nobody
 * tells, so that bit stays too, and who is sent such bytes pays a receive in vain for each event. Of a terminal short never means
 * drained.
 */
public final class Channel extends BaseChannel {
    /** After any of these short does not mean drained. */
    private static final int NOT_BY_SHORT = HANGUP | ERROR | URGENT;

    private final NonBlockingIo io;
    private final boolean shortIsDrained;

    Channel(Channels channels, NonBlockingIo io, ChannelListener listener, long token) {
        super(channels, io, listener, token);
        this.io = io;
        this.shortIsDrained = io.isDrainedByShort();
    }

    /** As {@link NonBlockingIo#tryRecv(Chunk, int, int)}, keeping the readiness up to date. */
    public int recv(Chunk target, int offset, int length) throws IOException {
        int count = io.tryRecv(target, offset, length);
        noteReceived(count);
        if (count < length) {
            noteShortRead(count);
        }
        return count;
    }

    /** As {@link NonBlockingIo#tryRecv(ByteBuffer)}, keeping the readiness up to date. */
    public int recv(ByteBuffer target) throws IOException {
        int room = target.remaining();
        int count = io.tryRecv(target);
        noteReceived(count);
        if (count < room) {
            noteShortRead(count);
        }
        return count;
    }

    private void noteReceived(int count) {
        if (count > 0) {
            receivedBytes += count;
        }
    }

    private void noteShortRead(int count) {
        boolean drained = count == NonBlockingIo.WOULD_BLOCK
                || (count != NonBlockingIo.EOF && shortIsDrained && (readiness & NOT_BY_SHORT) == 0);
        if (drained) {
            readiness &= ~READABLE;
        }
    }

    /** As {@link NonBlockingIo#trySend(Chunk, int, int)}, keeping the readiness up to date; 0 for would-block. */
    public int send(Chunk source, int offset, int length) throws IOException {
        return (int) noteSent(io.trySend(source, offset, length), length);
    }

    /** As {@link NonBlockingIo#trySend(ByteBuffer)}, keeping the readiness up to date; 0 for would-block. */
    public int send(ByteBuffer source) throws IOException {
        int length = source.remaining();
        return (int) noteSent(io.trySend(source), length);
    }

    /** As {@link NonBlockingIo#trySend(ByteBuffer[], int, int)}; 0 for would-block. */
    public long send(ByteBuffer[] sources, int offset, int count) throws IOException {
        long length = 0;
        int taken = Math.min(count, NonBlockingIo.GATHER_MAX);
        for (int i = 0; i < taken; i++) {
            length += sources[offset + i].remaining();
        }
        return noteSent(io.trySend(sources, offset, taken), length);
    }

    /**
     * As {@link NonBlockingIo#trySendFile}, keeping the readiness up to date: a short count says nothing of the window.
     *
     * @return the count, 0 for would-block, or EOF
     */
    public long sendFile(FileSource file, long position, long count) throws IOException {
        long sent = io.trySendFile(file, position, count);
        if (sent == NonBlockingIo.WOULD_BLOCK) {
            readiness &= ~WRITABLE;
            return 0;
        }
        return sent;
    }

    private long noteSent(long count, long wanted) {
        if (count < wanted) {
            readiness &= ~WRITABLE;
        }
        return count == NonBlockingIo.WOULD_BLOCK ? 0 : count;
    }

    /** A connect is on the way: nothing can be sent before its event. */
    public void noteConnecting() {
        readiness &= ~WRITABLE;
        wantWrite(true);
    }
}
