package dev.matryoshka.contract;

import static dev.matryoshka.kernel.NonBlockingSocket.EOF;
import static dev.matryoshka.kernel.NonBlockingSocket.WOULD_BLOCK;
import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.URGENT;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A socket, or an end of a pipe, in the hands of a consumer that does what the poller's contract allows, and no more: it remembers
 * what was reported until a call would block or moves less than there was room for; after a hang-up, an error or urgent data short
 * no longer means drained. A kernel that forgets an event lets it wait for ever, and the test fails.
 */
final class Watched {
    final NonBlockingIo io;

    /** The same; null for an end of a pipe. */
    final NonBlockingSocket socket;

    final long token;

    /** Directions that it acts on: READABLE, WRITABLE. */
    int wanted = READABLE;

    /** What was reported and not used up. A fresh socket may be written at once. */
    int known = WRITABLE;

    /** Reports so far. */
    int reports;

    Watched(NonBlockingIo io, long token) {
        this.io = io;
        this.socket = io instanceof NonBlockingSocket both ? both : null;
        this.token = token;
    }

    void ready(int readiness) {
        known |= readiness;
        reports++;
    }

    boolean readable() {
        return (known & READABLE) != 0;
    }

    boolean writable() {
        return (known & WRITABLE) != 0;
    }

    /** Receives if it is known to be readable; WOULD_BLOCK without a call otherwise. */
    int receive(ByteBuffer target) throws IOException {
        if (!readable()) {
            return WOULD_BLOCK;
        }
        int room = target.remaining();
        int count = io.tryRecv(target);
        boolean isShort = count != EOF && count < room;
        if (count == WOULD_BLOCK || (isShort && (known & (HANGUP | ERROR | URGENT)) == 0)) {
            known &= ~READABLE;
        }
        return count;
    }

    /** Sends if it is known to be writable; 0 when nothing could be taken. */
    int send(ByteBuffer source) throws IOException {
        if (!writable()) {
            return 0;
        }
        int offered = source.remaining();
        int count = io.trySend(source);
        if (count < offered) {
            known &= ~WRITABLE;
        }
        return Math.max(count, 0);
    }

    @Override
    public String toString() {
        return io + " token=" + token + " wanted=" + wanted + " known=" + known + " reports=" + reports;
    }
}
