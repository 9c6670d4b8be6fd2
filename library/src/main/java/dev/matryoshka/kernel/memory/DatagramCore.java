package dev.matryoshka.kernel.memory;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the network knows of one datagram socket: its address, its peer, its groups, and what has come for it. Guarded by the
 * network's lock; {@link MemoryDatagramSocket} is the face that takes it.
 *
 * <p>A queue takes a datagram while less than SO_RCVBUF bytes lie in it, whatever the size of that one, as Linux does; each
 * counts {@value #HEADER_BYTES} bytes more than it has, so that empty ones are bounded too. Who finds it full waits, and is
 * told when there is room.
 */
final class DatagramCore implements Bound {
    /** A datagram on its way. */
    record Packet(byte[] bytes, SocketAddress sender) {}

    private record Membership(
            InetAddress group,
            NetworkInterface on,
            @Nullable InetAddress source) {}

    static final int HEADER_BYTES = 8;
    private static final int IPV4_BYTES_MAX = NonBlockingDatagramSocket.UDP_BYTES_MAX - 20;
    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    private final MemoryNetwork network;
    private final StandardProtocolFamily family;
    private final OptionValues options;
    private final Signal signal = new Signal();
    private final ArrayDeque<Packet> queue = new ArrayDeque<>();
    private final Set<Membership> memberships = new HashSet<>();

    /** Who found the queue full since there was room last. */
    private final Set<DatagramCore> waiting = new LinkedHashSet<>();

    private int queuedBytes;
    private @Nullable SocketAddress local;
    private @Nullable SocketAddress remote;

    /** Of the Unix domain: whom connect has found, who stays the peer when another one takes the name. */
    private @Nullable DatagramCore peer;

    /** Bound to the wildcard; connect has put the host there from which the peer is reached. */
    private boolean connectedFromAny;

    private boolean ipv6Only;
    private boolean open = true;

    /** Whose queue was full at the last send: until there is room, this is not writable. */
    private @Nullable DatagramCore blockedOn;

    /** Nobody was there for what was sent to the peer: SO_ERROR. */
    private boolean refused;

    DatagramCore(MemoryNetwork network, StandardProtocolFamily family, OptionValues options) {
        this.network = network;
        this.family = family;
        this.options = options;
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    @Override
    public StandardProtocolFamily family() {
        return family;
    }

    @Override
    public OptionValues options() {
        return options;
    }

    @Override
    public boolean isIpv6Only() {
        return ipv6Only;
    }

    @Override
    public @Nullable InetAddress localIp() {
        return local instanceof InetSocketAddress address ? address.getAddress() : null;
    }

    Signal signal() {
        return signal;
    }

    boolean isOpen() {
        return open;
    }

    @Nullable
    SocketAddress local() {
        return open ? local : null;
    }

    @Nullable
    SocketAddress remote() {
        return remote;
    }

    int readiness() {
        return (queue.isEmpty() && !refused ? 0 : READABLE)
                | (blockedOn == null ? WRITABLE : 0)
                | (refused ? ERROR : 0);
    }

    void ensureOpen() throws ClosedChannelException {
        if (!open) {
            throw new ClosedChannelException();
        }
    }

    private boolean isUnix() {
        return family == StandardProtocolFamily.UNIX;
    }

    /** A connected socket hears its peer only. */
    boolean takesFrom(SocketAddress sender) {
        return remote == null || remote.equals(sender);
    }

    // ---- addresses ------------------------------------------------------------------------------------------------

    void bind(SocketAddress wanted) throws IOException {
        ensureOpen();
        if (local != null) {
            throw NetworkError.EINVAL.bindFailure(wanted);
        }
        local = network.addresses().bind(this, wanted);
    }

    void setIpv6Only(boolean on) throws IOException {
        ensureOpen();
        if (family != StandardProtocolFamily.INET6 || local != null) {
            throw NetworkError.EINVAL.failure("set IPV6_V6ONLY on", local);
        }
        ipv6Only = on;
    }

    void connect(SocketAddress wanted) throws IOException {
        ensureOpen();
        if (isUnix()) {
            peer = named(wanted, true);
            remote = wanted;
        } else {
            InetSocketAddress there = network.addresses().destination(wanted, family);
            bindFor(there);
            remote = there;
            InetSocketAddress own = sourceFor(there.getAddress());
            connectedFromAny |= !own.equals(local);
            local = own;
        }
        queue.removeIf(packet -> !takesFrom(packet.sender));
        queuedBytes = 0;
        queue.forEach(packet -> queuedBytes += packet.bytes.length + HEADER_BYTES);
        freed();
    }

    void disconnect() throws IOException {
        ensureOpen();
        remote = null;
        peer = null;
        if (connectedFromAny && local instanceof InetSocketAddress own) {
            local = new InetSocketAddress(AddressBook.wildcard(family), own.getPort());
            connectedFromAny = false;
        }
        refused = false;
        freed();
    }

    /** Who waited for room at the former peer looks again. */
    private void freed() {
        if (blockedOn != null) {
            unblock();
            signal.raise(WRITABLE);
        }
    }

    /** An own port for who sends without one. */
    private void bindFor(InetSocketAddress there) throws IOException {
        if (local == null) {
            InetAddress any = AddressBook.wildcard(family);
            InetSocketAddress bound = network.addresses().bindClient(this, new InetSocketAddress(any, there.getPort()));
            local = new InetSocketAddress(any, bound.getPort());
        }
    }

    /** Who has a name and may be sent to: one who is connected hears its peer only, unix_may_send(). */
    private DatagramCore named(SocketAddress name, boolean connecting) throws IOException {
        Bound found = network.addresses().named(name);
        if (found instanceof DatagramCore receiver && receiver.hears(this)) {
            return receiver;
        }
        NetworkError error = found == null
                ? NetworkError.ENOENT
                : found instanceof DatagramCore ? NetworkError.EPERM : NetworkError.EPROTOTYPE;
        throw connecting ? error.connectFailure(name) : error.failure("send to", name);
    }

    private boolean hears(DatagramCore sender) {
        return peer == null || peer == sender;
    }

    /** Of a connected socket; the association ends with the peer, and is not found again by its name. */
    private DatagramCore peer() throws IOException {
        DatagramCore receiver = peer;
        if (receiver == null) {
            throw NetworkError.ENOTCONN.failure("send to", remote);
        }
        if (!receiver.open) {
            peer = null;
            throw NetworkError.ECONNREFUSED.failure("send to", remote);
        }
        if (!receiver.hears(this)) {
            throw NetworkError.EPERM.failure("send to", remote);
        }
        return receiver;
    }

    void join(InetAddress group, NetworkInterface on, @Nullable InetAddress source) {
        checkGroup(group);
        memberships.add(new Membership(group, on, source));
    }

    void leave(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        checkGroup(group);
        if (!memberships.remove(new Membership(group, on, source))) {
            throw NetworkError.EADDRNOTAVAIL.failure("leave a group of", local);
        }
    }

    private void checkGroup(InetAddress group) {
        if (isUnix()) {
            throw new UnsupportedOperationException("multicast on a UNIX socket");
        }
        boolean fits = family == StandardProtocolFamily.INET6 || group instanceof Inet4Address;
        if (!fits || !group.isMulticastAddress()) {
            throw new IllegalArgumentException("not a multicast group of " + family + ": " + group.getHostAddress());
        }
    }

    boolean isMember(InetAddress group, InetAddress sender) {
        for (Membership membership : memberships) {
            if (membership.group.equals(group) && (membership.source == null || membership.source.equals(sender))) {
                return true;
            }
        }
        return false;
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    /** The next datagram, or null; a pending error comes first, as in udp(7). */
    @Nullable
    Packet receive() throws IOException {
        ensureOpen();
        throwRefused("receive from");
        Packet packet = queue.poll();
        if (packet != null) {
            queuedBytes -= packet.bytes.length + HEADER_BYTES;
            roomAppeared();
        }
        return packet;
    }

    private boolean isFull() {
        return queuedBytes >= options.receiveBytes();
    }

    /** Room may have come, by a receive or by an option. */
    void roomAppeared() {
        if (!isFull()) {
            Set<DatagramCore> told = new LinkedHashSet<>(waiting);
            waiting.clear();
            told.forEach(DatagramCore::unblocked);
        }
    }

    private void add(Packet packet) {
        queue.add(packet);
        queuedBytes += packet.bytes.length + HEADER_BYTES;
        signal.raise(READABLE);
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    /** @return false when the receiver has no room now */
    boolean send(byte[] bytes, @Nullable SocketAddress to) throws IOException {
        ensureOpen();
        throwRefused("send to");
        unblock();
        SocketAddress target = to == null ? remote : to;
        if (target == null) {
            throw (isUnix() ? NetworkError.ENOTCONN : NetworkError.EDESTADDRREQ).failure("send to", null);
        }
        return isUnix() ? sendByName(bytes, target) : sendByIp(bytes, target);
    }

    private boolean sendByName(byte[] bytes, SocketAddress target) throws IOException {
        if (bytes.length > options.sendBytes()) {
            throw NetworkError.EMSGSIZE.failure("send to", target);
        }
        DatagramCore receiver = remote != null ? peer() : named(target, false);
        return deliver(receiver, new Packet(bytes, local == null ? UNNAMED : local));
    }

    private boolean sendByIp(byte[] bytes, SocketAddress wanted) throws IOException {
        InetSocketAddress named = AddressBook.checked(wanted, family);
        boolean ipv4 = named.getAddress() instanceof Inet4Address;
        if (bytes.length > (ipv4 ? IPV4_BYTES_MAX : NonBlockingDatagramSocket.UDP_BYTES_MAX)) {
            throw NetworkError.EMSGSIZE.failure("send to", wanted);
        }
        if (named.getAddress().isMulticastAddress() || isBroadcast(named.getAddress())) {
            sendToMany(bytes, named);
            return true;
        }
        InetSocketAddress target = network.addresses().destination(wanted, family);
        bindFor(target);
        InetSocketAddress sender = sourceFor(target.getAddress());
        DatagramCore receiver = network.addresses().receiverFor(target, sender);
        if (receiver != null) {
            return deliver(receiver, new Packet(bytes, sender));
        }
        if (remote != null && !network.addresses().isSilent(target.getAddress())) {
            refused = true;
            signal.raise(READABLE | WRITABLE | ERROR);
        }
        return true;
    }

    /** 255.255.255.255, or 127.255.255.255, the broadcast address of the loopback network. */
    private static boolean isBroadcast(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4
                && (bytes[0] == -1 || bytes[0] == 127)
                && bytes[1] == -1
                && bytes[2] == -1
                && bytes[3] == -1;
    }

    private void sendToMany(byte[] bytes, InetSocketAddress target) throws IOException {
        boolean group = target.getAddress().isMulticastAddress();
        if (!group && !options.mayBroadcast()) {
            throw NetworkError.EACCES.failure("send to", target);
        }
        bindFor(target);
        if (group && !options.loopsMulticast()) {
            return;
        }
        InetSocketAddress sender = sourceFor(target.getAddress());
        for (DatagramCore receiver : network.addresses().receiversFor(target, sender)) {
            if (!receiver.isFull()) {
                receiver.add(new Packet(bytes, sender));
            }
        }
    }

    private InetSocketAddress sourceFor(InetAddress target) {
        if (!(local instanceof InetSocketAddress bound)) {
            throw new IllegalStateException("not bound");
        }
        InetAddress own = bound.getAddress();
        boolean fixed = !own.isAnyLocalAddress() && !own.isMulticastAddress();
        boolean onlyOne = target.isMulticastAddress() || isBroadcast(target);
        InetAddress source = fixed
                ? own
                : onlyOne
                        ? AddressBook.loopbackLike(target)
                        : network.addresses().sourceFor(target);
        return new InetSocketAddress(source, bound.getPort());
    }

    private boolean deliver(DatagramCore receiver, Packet packet) {
        if (receiver.isFull()) {
            blockedOn = receiver;
            receiver.waiting.add(this);
            return false;
        }
        receiver.add(packet);
        return true;
    }

    private void unblock() {
        if (blockedOn != null) {
            blockedOn.waiting.remove(this);
            blockedOn = null;
        }
    }

    private void unblocked() {
        blockedOn = null;
        signal.raise(WRITABLE);
    }

    private void throwRefused(String doing) throws IOException {
        if (refused) {
            refused = false;
            throw NetworkError.ECONNREFUSED.unreachable(doing, remote);
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Nullable
    IOException takeError() {
        if (!refused) {
            return null;
        }
        refused = false;
        return NetworkError.ECONNREFUSED.unreachable("connection to", remote);
    }

    /** Not twice. Who waits for room here finds out with its next send. */
    void close() {
        signal.unwatch();
        if (local != null) {
            network.addresses().release(this, local);
        }
        open = false;
        unblock();
        queue.clear();
        queuedBytes = 0;
        roomAppeared();
    }

    @Override
    public String toString() {
        return family + " datagrams " + local + (remote == null ? "" : " -> " + remote) + ", queued=" + queue.size();
    }
}
