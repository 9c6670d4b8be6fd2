package dev.matryoshka.kernel.faulty;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import dev.matryoshka.kernel.AcceptAbortedException;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.ResourceExhaustedException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A socket whose calls go wrong by the rules of its kernel. Loop thread only.
 *
 * <p>A consumer of an edge-triggered poller may rest after a short answer until the next event. So whenever this socket has
 * held something back, it asks its poller to report the direction again: as if the rest had come, or the room had gone and
 * come back.
 */
final class FaultySocket extends ForwardingSocket implements Faulty {
    private static final int BROKEN_BITS = READABLE | WRITABLE | HANGUP | ERROR;

    private final FaultyKernel kernel;
    private final Faults.Dice dice;

    private final FaultyPoller.Watch watch;

    /** An injected reset has been told; the rest of its life is EOF and EPIPE. */
    private boolean broken;

    /** A connect that was not made, and will be refused. */
    private @Nullable SocketAddress refused;

    FaultySocket(FaultyKernel kernel, NonBlockingSocket inner) {
        super(inner);
        this.kernel = kernel;
        this.dice = kernel.dice();
        this.watch = new FaultyPoller.Watch(SocketFace.behind(inner));
    }

    @Override
    public boolean isOf(FaultyPoller poller) {
        return kernel.poller() == poller;
    }

    @Override
    public FaultyPoller.Watch watch() {
        return watch;
    }

    private void again(int bits) {
        kernel.poller().soon(watch, bits);
    }

    private boolean isStalled(int direction) {
        return kernel.poller().isShut(direction);
    }

    // ---- accepting, connecting ------------------------------------------------------------------------------------

    @Override
    public @Nullable NonBlockingSocket tryAccept() throws IOException {
        if (isOpen()) {
            if (isStalled(READABLE)) {
                return null;
            }
            if (dice.strikes(Fault.ACCEPT_EXHAUSTED)) {
                throw new ResourceExhaustedException(
                        message("accept on", localAddress(), "Too many open files (EMFILE)"));
            }
            if (dice.strikes(Fault.ACCEPT_WOULD_BLOCK)) {
                again(READABLE);
                return null;
            }
        }
        NonBlockingSocket accepted = inner.tryAccept();
        if (accepted == null) {
            return null;
        }
        if (dice.strikes(Fault.ACCEPT_ABORTED)) {
            reset(accepted);
            accepted.close();
            throw new AcceptAbortedException(
                    message("accept on", localAddress(), "Software caused connection abort (ECONNABORTED)"));
        }
        return new FaultySocket(kernel, accepted);
    }

    @Override
    public boolean tryConnect(SocketAddress remote) throws IOException {
        if (isOpen() && dice.strikes(Fault.CONNECT_REFUSED)) {
            refused = remote;
            again(BROKEN_BITS);
            return false;
        }
        refused = null;
        return inner.tryConnect(remote);
    }

    @Override
    public boolean finishConnect() throws IOException {
        if (isOpen() && isStalled(WRITABLE)) {
            return false;
        }
        IOException refusal = takeRefusal();
        if (refusal != null) {
            throw refusal;
        }
        return inner.finishConnect();
    }

    private @Nullable IOException takeRefusal() {
        SocketAddress target = refused;
        refused = null;
        return target == null || !isOpen()
                ? null
                : new ConnectException(message("connect to", target, "Connection refused (ECONNREFUSED)"));
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.capacity());
        int limit = length == 0 ? 0 : mayReceive(length);
        if (limit < 0) {
            return limit;
        }
        return received(inner.tryRecv(target, offset, limit), limit, length);
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        int room = target.remaining();
        int limit = room == 0 ? 0 : mayReceive(room);
        if (limit < 0) {
            return limit;
        }
        int end = target.limit();
        target.limit(target.position() + limit);
        try {
            return received(inner.tryRecv(target), limit, room);
        } finally {
            target.limit(end);
        }
    }

    /** @return how many bytes this call may take, or the answer EOF or WOULD_BLOCK */
    private int mayReceive(int wanted) throws IOException {
        if (!isOpen()) {
            return wanted;
        }
        if (isStalled(READABLE) || refused != null) {
            return WOULD_BLOCK;
        }
        if (broken) {
            return EOF;
        }
        if (dice.strikes(Fault.RECV_RESET)) {
            throw breakOff("receive from");
        }
        if (dice.strikes(Fault.RECV_WOULD_BLOCK)) {
            again(READABLE);
            return WOULD_BLOCK;
        }
        return dice.recvLimit(wanted);
    }

    private int received(int count, int limit, int wanted) {
        if (count == limit && limit < wanted) {
            again(READABLE);
        }
        return count;
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @Override
    public int trySend(Chunk source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.capacity());
        int limit = length == 0 ? 0 : (int) maySend(length);
        if (limit < 0) {
            return limit;
        }
        return (int) sent(inner.trySend(source, offset, limit), limit, length);
    }

    @Override
    public int trySend(ByteBuffer source) throws IOException {
        int length = source.remaining();
        int limit = length == 0 ? 0 : (int) maySend(length);
        if (limit < 0) {
            return limit;
        }
        int end = source.limit();
        source.limit(source.position() + limit);
        try {
            return (int) sent(inner.trySend(source), limit, length);
        } finally {
            source.limit(end);
        }
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, sources.length);
        int end = offset + Math.min(count, GATHER_MAX);
        long wanted = 0;
        for (int i = offset; i < end; i++) {
            wanted += sources[i].remaining();
        }
        long limit = wanted == 0 ? 0 : maySend(wanted);
        if (limit < 0) {
            return limit;
        }
        return limit == wanted
                ? inner.trySend(sources, offset, end - offset)
                : sent(sendPart(sources, offset, limit), limit, wanted);
    }

    /** Sends the first {@code limit} bytes, which end inside one of the buffers. */
    private long sendPart(ByteBuffer[] sources, int offset, long limit) throws IOException {
        int last = offset;
        long before = 0;
        while (before + sources[last].remaining() < limit) {
            before += sources[last++].remaining();
        }
        ByteBuffer cut = sources[last];
        int end = cut.limit();
        cut.limit(cut.position() + (int) (limit - before));
        try {
            return inner.trySend(sources, offset, last - offset + 1);
        } finally {
            cut.limit(end);
        }
    }

    @Override
    public long trySendFile(FileSource file, long position, long count) throws IOException {
        if (isOpen() && dice.strikes(Fault.SEND_FILE_UNSUPPORTED)) {
            throw new UnsupportedOperationException("cannot send " + file + ", injected");
        }
        long limit = maySend(count);
        return limit < 0 ? limit : sent(inner.trySendFile(file, position, limit), limit, count);
    }

    /** @return how many bytes this call may take, or the answer WOULD_BLOCK */
    private long maySend(long wanted) throws IOException {
        if (!isOpen()) {
            return wanted;
        }
        if (isStalled(WRITABLE) || refused != null) {
            return WOULD_BLOCK;
        }
        if (broken) {
            throw new SocketException(message("send to", remoteAddress(), "Broken pipe (EPIPE)"));
        }
        if (dice.strikes(Fault.SEND_RESET)) {
            throw breakOff("send to");
        }
        if (dice.strikes(Fault.SEND_WOULD_BLOCK)) {
            again(WRITABLE);
            return WOULD_BLOCK;
        }
        return dice.sendLimit(wanted);
    }

    private long sent(long count, long limit, long wanted) {
        if (count == limit && limit < wanted) {
            again(WRITABLE);
        }
        return count;
    }

    // ---- breaking -------------------------------------------------------------------------------------------------

    private SocketException breakOff(String doing) {
        broken = true;
        reset(inner);
        again(BROKEN_BITS);
        return new SocketException(message(doing, remoteAddress(), "Connection reset by peer (ECONNRESET)"));
    }

    /** The peer will see a reset when this socket is closed. */
    private static void reset(NonBlockingSocket victim) {
        try {
            victim.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException | UnsupportedOperationException alreadyBroken) {
            // then there is nobody to be told, or no way to tell: it will see an end
        }
    }

    @Override
    public @Nullable IOException takeError() {
        IOException refusal = takeRefusal();
        return refusal != null ? refusal : inner.takeError();
    }

    private static String message(String doing, @Nullable SocketAddress address, String words) {
        return doing + " " + (address == null ? "a socket" : address) + ": " + words + ", injected";
    }

    @Override
    public String toString() {
        return "Faulty[" + inner + (broken ? ", broken" : "") + "]";
    }
}
