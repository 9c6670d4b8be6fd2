package dev.matryoshka.kernel.posix;

import dev.matryoshka.address.PeerCredentials;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.NoConnectionPendingException;
import org.jspecify.annotations.Nullable;

/**
 * A stream socket that is a descriptor. Loop thread only.
 *
 * <p>{@link #tryRecv(Chunk, int, int)} and {@link #trySend(Chunk, int, int)} are what an echo consists of: one system
 * call, one comparison, no object. Everything else may cost a little more.
 */
public final class PosixSocket extends PosixNetworkSocket implements NonBlockingSocket, Staging.Calls {
    /** Where a connect that has not ended goes to. */
    private @Nullable SocketAddress connecting;

    private boolean listening;

    /** An error that came after bytes in one receive: the bytes are answered first, then this. 0 for none. */
    private int errnoAfterBytes;

    PosixSocket(PosixSockets shared, int fd, StandardProtocolFamily family, byte @Nullable [] peer) {
        super(shared, fd, family, peer);
    }

    /** Takes the connection out of its kernel. */
    PosixParcel release() throws IOException {
        ensureOpen();
        Object remote = remoteAsKept();
        if (remote == null) {
            throw new IllegalArgumentException("not connected: " + this);
        }
        return new PosixParcel(letGo(), family, remote, errnoAfterBytes);
    }

    /** The counterpart of {@link #release}, for the kernel whose sockets are {@code shared}. */
    static PosixSocket of(PosixParcel parcel, PosixSockets shared) {
        PosixSocket socket = new PosixSocket(shared, parcel.take(), parcel.family, null);
        socket.keepRemote(parcel.remote);
        socket.errnoAfterBytes = parcel.errnoAfterBytes;
        return socket;
    }

    @Override
    boolean isDatagram() {
        return false;
    }

    @Override
    public void listen(int backlog) throws IOException {
        int result = shared.libc.listen(ensureOpen(), backlog);
        if (result < 0) {
            throw Errno.exception(-result, Operation.LISTEN, localAddress());
        }
        listening = true;
    }

    /** From listen on, for ever. */
    public boolean isListening() {
        return listening;
    }

    @Override
    public @Nullable NonBlockingSocket tryAccept() throws IOException {
        int listener = ensureOpen();
        int accepted;
        do {
            accepted = shared.accept(listener);
        } while (accepted == -EINTR);
        if (accepted >= 0) {
            PosixSocket socket = shared.accepted(accepted, family);
            socket.inheritLocal(localAddress());
            return socket;
        }
        if (accepted == -EAGAIN) {
            return null;
        }
        throw Errno.exception(-accepted, Operation.ACCEPT, localAddress());
    }

    @Override
    public boolean tryConnect(SocketAddress target) throws IOException {
        int result = shared.connect(ensureOpen(), target, family);
        if (result == -Errno.EINPROGRESS.number || result == -EINTR) {
            // connect(2): interrupted, it goes on by itself, as if it were in progress
            connecting = target;
            return false;
        }
        // On a Unix socket EAGAIN says that the listener's queue is full, and no event tells when it no longer is.
        check(result, Operation.CONNECT, target);
        connectedTo(target);
        return true;
    }

    /**
     * Asks by calling connect again: it answers EALREADY, the error, or 0 when the connection stands. SO_ERROR would
     * say "no error" both of a connection and of an attempt on its way.
     */
    @Override
    public boolean finishConnect() throws IOException {
        ensureOpen();
        SocketAddress target = connecting;
        if (target == null) {
            if (remoteAddress() == null) {
                throw new NoConnectionPendingException();
            }
            return true;
        }
        int result = shared.connect(fd, target, family);
        if (result == -Errno.EALREADY.number || result == -Errno.EINPROGRESS.number || result == -EINTR) {
            return false;
        }
        connecting = null;
        check(result, Operation.CONNECT, target);
        connectedTo(target);
        return true;
    }

    @Override
    public int tryRecv(Chunk target, int offset, int length) throws IOException {
        checkRange(target, offset, length);
        int result = read(target.address() + offset, length);
        Reference.reachabilityFence(target);
        return result > 0 ? result : received(result);
    }

    @Override
    public int tryRecv(ByteBuffer target) throws IOException {
        ensureOpen();
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("cannot receive into a read-only buffer");
        }
        if (!target.hasRemaining()) {
            return 0;
        }
        if (!target.isDirect()) {
            int result = Staging.receive(this, shared.buffers, target, false);
            return result > 0 ? result : received(result);
        }
        int result = read(BufferIo.address(target), target.remaining());
        Reference.reachabilityFence(target);
        if (result <= 0) {
            return received(result);
        }
        target.position(target.position() + result);
        return result;
    }

    @Override
    public int read(long address, int length) {
        if (errnoAfterBytes != 0) {
            int errno = errnoAfterBytes;
            errnoAfterBytes = 0;
            return -errno;
        }
        return family == StandardProtocolFamily.UNIX ? readUnix(address, length) : readOnce(address, length);
    }

    private int readOnce(long address, int length) {
        int result;
        do {
            shared.calls.recv++;
            result = shared.libc.recv(fd, address, length);
        } while (result == -EINTR);
        return result;
    }

    /**
     * unix(7): a receive ends behind the bytes that descriptors came with, whatever lies there. So what has lost descriptors goes
     * on, and short means drained here too; they are closed, as by recv(2).
     */
    private int readUnix(long address, int length) {
        int total = 0;
        do {
            int result = readMessage(address + total, length - total);
            if (result <= 0) {
                return Staging.stopped(this, result, total);
            }
            total += result;
        } while (total < length && shared.buffers.lostControl());
        return total;
    }

    private int readMessage(long address, int length) {
        int result;
        do {
            shared.calls.recv++;
            result = shared.libc.recvmsg(fd, shared.buffers.headerOver(address, length));
        } while (result == -EINTR);
        return result;
    }

    /** An end is told again by itself. */
    @Override
    public void keepForNext(int result) {
        errnoAfterBytes = -result;
    }

    private int received(int result) throws IOException {
        if (result == -EAGAIN) {
            return WOULD_BLOCK;
        }
        if (result == 0) {
            return EOF;
        }
        throw Errno.exception(-result, Operation.RECEIVE, remoteAddress());
    }

    @Override
    public int trySend(Chunk source, int offset, int length) throws IOException {
        checkRange(source, offset, length);
        int result = write(source.address() + offset, length);
        Reference.reachabilityFence(source);
        return result >= 0 ? result : notSent(result);
    }

    @Override
    public int trySend(ByteBuffer source) throws IOException {
        ensureOpen();
        if (!source.hasRemaining()) {
            return 0;
        }
        if (!source.isDirect()) {
            int result = Staging.send(this, shared.buffers, source);
            return result >= 0 ? result : notSent(result);
        }
        int result = write(BufferIo.address(source), source.remaining());
        Reference.reachabilityFence(source);
        if (result < 0) {
            return notSent(result);
        }
        source.position(source.position() + result);
        return result;
    }

    @Override
    public int write(long address, int length) {
        int result;
        do {
            shared.calls.send++;
            result = shared.libc.send(fd, address, length);
        } while (result == -EINTR);
        return result;
    }

    private int notSent(int result) throws IOException {
        if (result == -EAGAIN) {
            return WOULD_BLOCK;
        }
        throw Errno.exception(-result, Operation.SEND, remoteAddress());
    }

    @Override
    public long trySend(ByteBuffer[] sources, int offset, int count) throws IOException {
        ensureOpen();
        long result = Staging.sendGathered(this, shared.buffers, sources, offset, count);
        return result >= 0 ? result : notSent((int) result);
    }

    @Override
    public long writeGathered() {
        long result;
        do {
            shared.calls.sendGather++;
            result = shared.libc.sendmsg(fd, shared.buffers.header());
        } while (result == -EINTR);
        return result;
    }

    @Override
    public long trySendFile(FileSource file, long position, long count) throws IOException {
        ensureOpen();
        long result = shared.sendFile(fd, file, position, count);
        return result < 0 ? notSent((int) result) : result == 0 ? EOF : result;
    }

    @Override
    public void shutdownOutput() throws IOException {
        shutdown(Constants.SHUT_WR);
    }

    @Override
    public void shutdownInput() throws IOException {
        shutdown(Constants.SHUT_RD);
    }

    private void shutdown(int how) throws IOException {
        int result = shared.libc.shutdown(ensureOpen(), how);
        if (result != -Errno.ENOTCONN.number) {
            check(result, Operation.SHUTDOWN, remoteAddress());
        }
    }

    /** struct ucred, unix(7): pid, uid, gid. */
    @Override
    public PeerCredentials peerCredentials() throws IOException {
        if (family != StandardProtocolFamily.UNIX) {
            throw new UnsupportedOperationException("SO_PEERCRED on a " + family + " socket");
        }
        ensureOpen();
        if (remoteAsKept() == null) {
            throw Errno.exception(Errno.ENOTCONN.number, Operation.OPTION, "SO_PEERCRED");
        }
        check(shared.getOption(fd, Constants.SOL_SOCKET, Constants.SO_PEERCRED), Operation.OPTION, "SO_PEERCRED");
        return new PeerCredentials(shared.optionInt(0), shared.optionInt(1), shared.optionInt(2), null, null);
    }

    @Override
    public @Nullable IOException takeError() {
        int errno = takeErrno();
        if (errno == 0) {
            return null;
        }
        return connecting != null
                ? Errno.exception(errno, Operation.CONNECT, connecting)
                : Errno.exception(errno, Operation.CONNECTION, remoteAddress());
    }
}
