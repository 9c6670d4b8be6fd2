package dev.matryoshka.kernel.memory;

import dev.matryoshka.address.AbstractUnixAddress;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which socket has which address. Guarded by the network's lock.
 *
 * <p>Conflicts are Linux's (inet_csk_bind_conflict): two sockets may have overlapping addresses if both say SO_REUSEADDR and
 * none of them listens, or if both say SO_REUSEPORT. An IPv6 wildcard overlaps IPv4 unless it is IPV6_V6ONLY. Connections keep
 * no port busy here: there is no TIME_WAIT, and a port is free when its listener is closed.
 */
final class AddressBook {
    /** Linux's default of ip_local_port_range. */
    static final int EPHEMERAL_FIRST = 32768;

    static final int EPHEMERAL_LAST = 60999;

    /** TCP and UDP have ports of their own. */
    private record Port(boolean datagram, int number) {
        static Port of(Bound socket, int number) {
            return new Port(socket instanceof DatagramCore, number);
        }
    }

    private static final InetAddress WILDCARD_4 = ip(new byte[4]);
    private static final InetAddress WILDCARD_6 = ip(new byte[16]);
    private static final InetAddress LOOPBACK_4 = ip((byte) 127, (byte) 0, (byte) 0, (byte) 1);
    private static final InetAddress LOOPBACK_6 = ip(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});

    private final Map<Port, Set<Bound>> ports = new HashMap<>();
    private final Map<SocketAddress, Bound> names = new HashMap<>();

    /** Besides the loopback addresses. */
    private final Set<InetAddress> hosts = new HashSet<>();

    /** From where nothing ever comes back. */
    private final Set<InetAddress> silent = new HashSet<>();

    /** Counting up, and not random, so that a run can be repeated. */
    private int nextEphemeral = EPHEMERAL_FIRST;

    private int nextName;

    /** Which of several SO_REUSEPORT listeners is next. */
    private int turn;

    void addHost(InetAddress address) {
        hosts.add(address);
        silent.remove(address);
    }

    void addSilent(InetAddress address) {
        silent.add(address);
    }

    boolean isSilent(InetAddress address) {
        return silent.contains(address);
    }

    boolean isHere(InetAddress address) {
        return address.isLoopbackAddress() || address.isAnyLocalAddress() || hosts.contains(address);
    }

    /**
     * Where a connect goes. A wildcard means this host, ip(7).
     *
     * @throws java.net.ConnectException no such host in this network
     */
    InetSocketAddress destination(SocketAddress wanted, StandardProtocolFamily family) throws IOException {
        InetSocketAddress address = checked(wanted, family);
        InetAddress ip = address.getAddress();
        if (ip.isAnyLocalAddress()) {
            return new InetSocketAddress(ip instanceof Inet4Address ? LOOPBACK_4 : LOOPBACK_6, address.getPort());
        }
        if (!isHere(ip) && !isSilent(ip)) {
            throw NetworkError.ENETUNREACH.connectFailure(wanted);
        }
        return address;
    }

    /** The address that a packet to a target comes from: all hosts are this one, but for the silent ones. */
    InetAddress sourceFor(InetAddress target) {
        return isHere(target) ? target : target instanceof Inet4Address ? LOOPBACK_4 : LOOPBACK_6;
    }

    static InetAddress loopbackLike(InetAddress address) {
        return address instanceof Inet4Address ? LOOPBACK_4 : LOOPBACK_6;
    }

    static InetAddress wildcard(StandardProtocolFamily family) {
        return family == StandardProtocolFamily.INET ? WILDCARD_4 : WILDCARD_6;
    }

    private static InetAddress ip(byte... bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("only a wrong length is refused: " + bytes.length, e);
        }
    }

    // ---- binding --------------------------------------------------------------------------------------------------

    /** @return the address with everything filled in that the caller left open */
    SocketAddress bind(Bound socket, SocketAddress wanted) throws IOException {
        if (socket.family() == StandardProtocolFamily.UNIX) {
            return bindName(socket, wanted);
        }
        InetSocketAddress address = checked(wanted, socket.family());
        InetAddress ip = address.getAddress();
        // a datagram socket that is bound to a group hears no other
        boolean group = socket instanceof DatagramCore && ip.isMulticastAddress();
        if (!isHere(ip) && !group) {
            throw NetworkError.EADDRNOTAVAIL.bindFailure(wanted);
        }
        InetSocketAddress free = address;
        if (address.getPort() == 0) {
            free = ephemeral(socket, address.getAddress());
            if (free == null) {
                throw NetworkError.EADDRINUSE.bindFailure(wanted);
            }
        } else if (conflict(socket, address, false)) {
            throw NetworkError.EADDRINUSE.bindFailure(wanted);
        }
        enter(socket, free.getPort());
        return free;
    }

    /** The address of a client that did not ask for one: a port on the same host. */
    InetSocketAddress bindClient(Bound socket, InetSocketAddress remote) throws IOException {
        InetSocketAddress local = ephemeral(socket, sourceFor(remote.getAddress()));
        if (local == null) {
            throw NetworkError.EADDRNOTAVAIL.connectFailure(remote);
        }
        enter(socket, local.getPort());
        return local;
    }

    private void enter(Bound socket, int port) {
        ports.computeIfAbsent(Port.of(socket, port), _ -> new LinkedHashSet<>()).add(socket);
    }

    private @Nullable InetSocketAddress ephemeral(Bound socket, InetAddress ip) {
        for (int tries = EPHEMERAL_LAST - EPHEMERAL_FIRST; tries >= 0; tries--) {
            InetSocketAddress candidate = new InetSocketAddress(ip, nextEphemeral);
            nextEphemeral = nextEphemeral == EPHEMERAL_LAST ? EPHEMERAL_FIRST : nextEphemeral + 1;
            if (!ports.containsKey(Port.of(socket, candidate.getPort())) || !conflict(socket, candidate, true)) {
                return candidate;
            }
        }
        return null;
    }

    /** @param strictly not even with SO_REUSEADDR: nobody wants a made-up port to be somebody else's */
    private boolean conflict(Bound socket, InetSocketAddress address, boolean strictly) {
        for (Bound other : users(Port.of(socket, address.getPort()))) {
            if (other == socket || !overlap(socket, address.getAddress(), other)) {
                continue;
            }
            OptionValues ours = socket.options();
            OptionValues theirs = other.options();
            boolean shared = ours.reusesPort() && theirs.reusesPort();
            boolean reused = ours.reusesAddress() && theirs.reusesAddress() && !isListening(other);
            if (strictly || !(shared || reused)) {
                return true;
            }
        }
        return false;
    }

    /** Listening is the moment when SO_REUSEADDR no longer helps. */
    void checkListen(SocketCore socket, InetSocketAddress local) throws IOException {
        for (Bound other : users(Port.of(socket, local.getPort()))) {
            boolean shared = socket.options().reusesPort() && other.options().reusesPort();
            if (other != socket && isListening(other) && !shared && overlap(socket, local.getAddress(), other)) {
                throw NetworkError.EADDRINUSE.listenFailure(local);
            }
        }
    }

    private static boolean overlap(Bound socket, InetAddress ip, Bound other) {
        InetAddress theirs = other.localIp();
        return theirs != null && (covers(socket, ip, theirs) || covers(other, theirs, ip));
    }

    /** Whether a socket that is bound to {@code bound} takes what is sent to {@code target}. */
    private static boolean covers(Bound socket, InetAddress bound, InetAddress target) {
        if (bound.equals(target)) {
            return true;
        }
        boolean sameFamily = bound instanceof Inet4Address == target instanceof Inet4Address;
        boolean both = !(bound instanceof Inet4Address) && !socket.isIpv6Only();
        return bound.isAnyLocalAddress() && (sameFamily || both);
    }

    private SocketAddress bindName(Bound socket, SocketAddress wanted) throws IOException {
        SocketAddress name = wanted;
        if (wanted instanceof UnixDomainSocketAddress path) {
            if (path.getPath().toString().isEmpty()) {
                // unix(7), "Autobind feature": five hexadecimal digits in the abstract namespace
                name = AbstractUnixAddress.of(String.format(Locale.ROOT, "%05x", nextName++));
            }
        } else if (!(wanted instanceof AbstractUnixAddress)) {
            throw new UnsupportedAddressTypeException();
        }
        if (names.putIfAbsent(name, socket) != null) {
            throw NetworkError.EADDRINUSE.bindFailure(wanted);
        }
        return name;
    }

    /** Forgets a socket that had this address. */
    void release(Bound socket, SocketAddress local) {
        if (local instanceof InetSocketAddress address) {
            Port port = Port.of(socket, address.getPort());
            Set<Bound> users = ports.get(port);
            if (users != null && users.remove(socket) && users.isEmpty()) {
                ports.remove(port);
            }
        } else {
            names.remove(local, socket);
        }
    }

    // ---- finding --------------------------------------------------------------------------------------------------

    /** The listener for a target: of its very address, else of its family's wildcard, else of the other's; in turn. */
    @Nullable
    SocketCore listenerFor(InetSocketAddress target) {
        InetAddress ip = target.getAddress();
        SocketCore best = null;
        int bestRank = 0;
        int sharing = 0;
        for (Bound candidate : users(new Port(false, target.getPort()))) {
            int rank = isListening(candidate) ? rank(candidate, ip) : 0;
            if (rank > bestRank) {
                best = (SocketCore) candidate;
                bestRank = rank;
                sharing = 1;
            } else if (rank > 0 && rank == bestRank) {
                sharing++;
            }
        }
        return sharing > 1 ? nth(target, bestRank, Math.floorMod(turn++, sharing)) : best;
    }

    private static int rank(Bound listener, InetAddress target) {
        InetAddress bound = listener.localIp();
        if (bound == null || !covers(listener, bound, target)) {
            return 0;
        }
        boolean sameFamily = bound instanceof Inet4Address == target instanceof Inet4Address;
        return bound.equals(target) ? 3 : sameFamily ? 2 : 1;
    }

    private @Nullable SocketCore nth(InetSocketAddress target, int rank, int index) {
        int left = index;
        for (Bound candidate : users(new Port(false, target.getPort()))) {
            if (isListening(candidate) && rank(candidate, target.getAddress()) == rank && left-- == 0) {
                return (SocketCore) candidate;
            }
        }
        return null;
    }

    /** Who gets a datagram: who is connected to its sender, else whose address is nearest, else who was bound last. */
    @Nullable
    DatagramCore receiverFor(InetSocketAddress target, SocketAddress sender) {
        DatagramCore best = null;
        int bestRank = 1;
        for (Bound candidate : users(new Port(true, target.getPort()))) {
            DatagramCore receiver = (DatagramCore) candidate;
            int connected = receiver.remote() == null ? 0 : 4;
            int rank = receiver.takesFrom(sender) ? rank(receiver, target.getAddress()) : 0;
            if (rank > 0 && rank + connected >= bestRank) {
                best = receiver;
                bestRank = rank + connected;
            }
        }
        return best;
    }

    /** All that get a datagram for a group or for everybody. */
    List<DatagramCore> receiversFor(InetSocketAddress target, InetSocketAddress sender) {
        List<DatagramCore> receivers = new ArrayList<>();
        for (Bound candidate : users(new Port(true, target.getPort()))) {
            DatagramCore receiver = (DatagramCore) candidate;
            InetAddress bound = receiver.localIp();
            boolean addressed = target.getAddress().isMulticastAddress()
                    ? receiver.isMember(target.getAddress(), sender.getAddress())
                    : rank(receiver, target.getAddress()) > 0;
            boolean here = bound != null && (bound.isAnyLocalAddress() || bound.equals(target.getAddress()));
            if (here && addressed && receiver.takesFrom(sender)) {
                receivers.add(receiver);
            }
        }
        return receivers;
    }

    private Set<Bound> users(Port port) {
        return ports.getOrDefault(port, Set.of());
    }

    private static boolean isListening(Bound socket) {
        return socket instanceof SocketCore stream && stream.isListening();
    }

    /** Whoever has a Unix name, of whatever kind, listening or not. */
    @Nullable
    Bound named(SocketAddress name) {
        return names.get(name);
    }

    /**
     * An address that a socket of this family can use.
     *
     * @throws UnresolvedAddressException without an IP
     * @throws UnsupportedAddressTypeException of another family
     */
    static InetSocketAddress checked(SocketAddress address, StandardProtocolFamily family) {
        if (!(address instanceof InetSocketAddress internet)) {
            throw new UnsupportedAddressTypeException();
        }
        InetAddress ip = internet.getAddress();
        if (ip == null) {
            throw new UnresolvedAddressException();
        }
        if (family == StandardProtocolFamily.INET && !(ip instanceof Inet4Address)) {
            throw new UnsupportedAddressTypeException();
        }
        return internet;
    }
}
