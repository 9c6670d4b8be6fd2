package dev.matryoshka.kernel.posix;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/** What every socket has, whatever moves through it: addresses and options. Loop thread only. */
public abstract sealed class PosixNetworkSocket extends PosixDescriptor permits PosixSocket, PosixDatagramSocket {
    final StandardProtocolFamily family;

    /** A SocketAddress; or, as long as nobody has asked, the bytes that accept4 wrote; or null when not connected. */
    private @Nullable Object remote;

    /** Kept from when it was first asked; a connect turns a wildcard into an address, so it is asked again then. */
    private @Nullable SocketAddress local;

    PosixNetworkSocket(PosixSockets shared, int fd, StandardProtocolFamily family, byte @Nullable [] peer) {
        super(shared, fd);
        this.family = family;
        this.remote = peer;
    }

    /** Whether bytes come in datagrams. */
    abstract boolean isDatagram();

    /** @see dev.matryoshka.kernel.NetworkSocket#bind */
    public final void bind(SocketAddress address) throws IOException {
        check(shared.bind(ensureOpen(), address, family), Operation.BIND, address);
    }

    /** @see dev.matryoshka.kernel.NetworkSocket#localAddress() */
    public final @Nullable SocketAddress localAddress() {
        if (!isOpen()) {
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

    /** @see dev.matryoshka.kernel.NetworkSocket#remoteAddress() */
    public final @Nullable SocketAddress remoteAddress() {
        if (remote instanceof byte[] written) {
            remote = SocketAddresses.decode(MemorySegment.ofArray(written), written.length);
        }
        return (SocketAddress) remote;
    }

    /**
     * Who was accepted has the address of its listener, but for a wildcard, which stands for several: asking the system, for
     * each connection, for what is known would be a call more.
     */
    final void inheritLocal(@Nullable SocketAddress listeners) {
        if (!(listeners instanceof InetSocketAddress internet)
                || !internet.getAddress().isAnyLocalAddress()) {
            local = listeners;
        }
    }

    /** As it stands: an address, the bytes of one, or null. */
    final @Nullable Object remoteAsKept() {
        return remote;
    }

    final void keepRemote(Object kept) {
        remote = kept;
    }

    final void connectedTo(@Nullable SocketAddress address) {
        remote = address;
        local = null;
    }

    /** @see dev.matryoshka.kernel.NetworkSocket#setOption */
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        PosixOption known = PosixOption.of(option, family, isDatagram());
        int number = known.encode(value);
        if (known == PosixOption.SO_LINGER) {
            check(shared.setLinger(ensureOpen(), number), Operation.OPTION, known);
            return;
        }
        check(shared.setOption(ensureOpen(), known.level, known.number, number), Operation.OPTION, known);
        if (known.ipv6Number != 0 && family == StandardProtocolFamily.INET6) {
            // the IPv4 option has just covered the v4-mapped peers; this covers the others
            int result = shared.setOption(fd, Constants.IPPROTO_IPV6, known.ipv6Number, number);
            check(result, Operation.OPTION, known);
        }
    }

    /** @see dev.matryoshka.kernel.NetworkSocket#getOption */
    public <T> T getOption(SocketOption<T> option) throws IOException {
        PosixOption known = PosixOption.of(option, family, isDatagram());
        check(shared.getOption(ensureOpen(), known.level, known.number), Operation.OPTION, known);
        int number = shared.optionInt(0);
        if (known == PosixOption.SO_LINGER) {
            number = number == 0 ? -1 : shared.optionInt(1);
        }
        return option.type().cast(known.decode(number));
    }

    /** @see dev.matryoshka.kernel.NetworkSocket#setIpv6Only */
    public final void setIpv6Only(boolean on) throws IOException {
        int result = shared.setOption(ensureOpen(), Constants.IPPROTO_IPV6, Constants.IPV6_V6ONLY, on ? 1 : 0);
        check(result, Operation.OPTION, "IPV6_V6ONLY");
    }

    /** The pending error, as a positive errno; 0 for none, or when it cannot be asked. Asking clears it. */
    final int takeErrno() {
        boolean asked = isOpen() && shared.getOption(fd, Constants.SOL_SOCKET, Constants.SO_ERROR) == 0;
        return asked ? shared.optionInt(0) : 0;
    }
}
