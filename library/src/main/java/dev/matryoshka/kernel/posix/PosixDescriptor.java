package dev.matryoshka.kernel.posix;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * What every socket has, whatever moves through it: a descriptor, addresses, options, an end. Loop thread only.
 *
 * <p>One owner closes it; no finaliser does. A descriptor that is closed twice closes somebody else's file.
 */
public abstract sealed class PosixDescriptor permits PosixSocket {
    private static final int CLOSED = -1;

    final PosixSockets shared;
    final StandardProtocolFamily family;

    /** {@link #CLOSED} from close on, so that a number which Linux gives to somebody else is never used again. */
    int fd;

    /** A SocketAddress; or, as long as nobody has asked, the bytes that accept4 wrote; or null when not connected. */
    private @Nullable Object remote;

    /** Kept from when it was first asked; a connect turns a wildcard into an address, so it is asked again then. */
    private @Nullable SocketAddress local;

    /** The list of open sockets; {@link PosixSockets} writes both. */
    @Nullable
    PosixDescriptor next;

    @Nullable
    PosixDescriptor previous;

    PosixDescriptor(PosixSockets shared, int fd, StandardProtocolFamily family, byte @Nullable [] peer) {
        this.shared = shared;
        this.fd = fd;
        this.family = family;
        this.remote = peer;
    }

    /** The descriptor, for a poller of the same kernel; −1 when closed. This object stays the only one to close it. */
    public final int descriptor() {
        return fd;
    }

    /** Until {@link #close()}, whatever the state of the connection. */
    public final boolean isOpen() {
        return fd != CLOSED;
    }

    final int ensureOpen() throws ClosedChannelException {
        if (fd == CLOSED) {
            throw new ClosedChannelException();
        }
        return fd;
    }

    /** @see dev.matryoshka.kernel.NonBlockingSocket#close() */
    public final void close() {
        if (fd == CLOSED) {
            return;
        }
        int closing = fd;
        fd = CLOSED;
        shared.remove(this);
        shared.calls.close++;
        Libc.close(closing);
    }

    /** @see dev.matryoshka.kernel.NonBlockingSocket#localAddress() */
    public final @Nullable SocketAddress localAddress() {
        if (fd == CLOSED) {
            return null;
        }
        if (local == null) {
            SocketAddress asked = shared.localAddress(fd);
            local = asked != null && isBound(asked) ? asked : null;
        }
        return local;
    }

    /** A connected Unix client has the empty name, as in the JDK; a fresh socket has it too, and has no address. */
    private boolean isBound(SocketAddress address) {
        return switch (address) {
            case InetSocketAddress internet -> internet.getPort() != 0;
            case UnixDomainSocketAddress unix ->
                remote != null || !unix.getPath().toString().isEmpty();
            default -> true;
        };
    }

    /** @see dev.matryoshka.kernel.NonBlockingSocket#remoteAddress() */
    public final @Nullable SocketAddress remoteAddress() {
        if (remote instanceof byte[] written) {
            remote = SocketAddresses.decode(MemorySegment.ofArray(written), written.length);
        }
        return (SocketAddress) remote;
    }

    final void connectedTo(SocketAddress address) {
        remote = address;
        local = null;
    }

    /** @see dev.matryoshka.kernel.NonBlockingSocket#setOption */
    public final <T> void setOption(SocketOption<T> option, T value) throws IOException {
        PosixOption known = PosixOption.of(option, family);
        int number = known.encode(value);
        if (known == PosixOption.SO_LINGER) {
            check(shared.setLinger(ensureOpen(), number), Operation.OPTION, known);
            return;
        }
        check(shared.setOption(ensureOpen(), known.level, known.number, number), Operation.OPTION, known);
        if (known == PosixOption.IP_TOS && family == StandardProtocolFamily.INET6) {
            // IP_TOS has just covered the v4-mapped peers; this covers the others
            int result = shared.setOption(fd, Constants.IPPROTO_IPV6, Constants.IPV6_TCLASS, number);
            check(result, Operation.OPTION, known);
        }
    }

    /** @see dev.matryoshka.kernel.NonBlockingSocket#getOption */
    public final <T> T getOption(SocketOption<T> option) throws IOException {
        PosixOption known = PosixOption.of(option, family);
        check(shared.getOption(ensureOpen(), known.level, known.number), Operation.OPTION, known);
        int number = shared.optionInt(0);
        if (known == PosixOption.SO_LINGER) {
            number = number == 0 ? -1 : shared.optionInt(1);
        }
        return option.type().cast(known.decode(number));
    }

    /** @see dev.matryoshka.kernel.NonBlockingSocket#setIpv6Only */
    public final void setIpv6Only(boolean on) throws IOException {
        int result = shared.setOption(ensureOpen(), Constants.IPPROTO_IPV6, Constants.IPV6_V6ONLY, on ? 1 : 0);
        check(result, Operation.OPTION, "IPV6_V6ONLY");
    }

    /** The pending error, as a positive errno; 0 for none, or when it cannot be asked. Asking clears it. */
    final int takeErrno() {
        boolean asked = fd != CLOSED && shared.getOption(fd, Constants.SOL_SOCKET, Constants.SO_ERROR) == 0;
        return asked ? shared.optionInt(0) : 0;
    }

    /** @param result of a call: −errno when negative */
    static void check(int result, Operation operation, @Nullable Object subject) throws IOException {
        if (result < 0) {
            throw Errno.exception(-result, operation, subject);
        }
    }
}
