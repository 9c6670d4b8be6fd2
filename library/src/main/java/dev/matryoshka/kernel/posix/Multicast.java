package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import org.jspecify.annotations.Nullable;

/**
 * The socket options of multicast that take structs. Loop thread only; one for each kernel.
 *
 * <pre>
 *   struct group_req                  struct group_source_req          struct ip_mreqn, ip(7)
 *     0 │ interface's index │           0 │ interface's index │          0 │ group      │ 0
 *     8 │ group, a sockaddr │           8 │ group, a sockaddr │          4 │ address    │ 0
 *   136 └───────────────────┘         136 │ source            │          8 │ index      │
 *                                     264 └───────────────────┘         12 └────────────┘
 * </pre>
 *
 * The requests of RFC 3678 are the same for both families; a dual-stack socket joins an IPv4 group on its IPv4 side.
 */
final class Multicast {
    static final int GROUP = 8;
    static final int SOURCE = GROUP + SocketAddresses.MAX_BYTES;
    static final int GROUP_REQ_BYTES = SOURCE;
    static final int GROUP_SOURCE_REQ_BYTES = SOURCE + SocketAddresses.MAX_BYTES;
    static final int MREQN_INDEX = 8;
    static final int MREQN_BYTES = 12;

    private final Libc libc;
    private final MemorySegment request;

    Multicast(Libc libc, Arena arena) {
        this.libc = libc;
        this.request = arena.allocate(GROUP_SOURCE_REQ_BYTES, Long.BYTES);
    }

    /** 0 or −errno. */
    int join(
            int fd, StandardProtocolFamily family, InetAddress group, NetworkInterface on, @Nullable InetAddress from) {
        int option = from == null ? Constants.MCAST_JOIN_GROUP : Constants.MCAST_JOIN_SOURCE_GROUP;
        return request(fd, family, option, group, on, from);
    }

    /** 0 or −errno. */
    int leave(
            int fd, StandardProtocolFamily family, InetAddress group, NetworkInterface on, @Nullable InetAddress from) {
        int option = from == null ? Constants.MCAST_LEAVE_GROUP : Constants.MCAST_LEAVE_SOURCE_GROUP;
        return request(fd, family, option, group, on, from);
    }

    private int request(
            int fd,
            StandardProtocolFamily family,
            int option,
            InetAddress group,
            NetworkInterface on,
            @Nullable InetAddress from) {
        boolean ipv4 = group instanceof Inet4Address;
        if (!group.isMulticastAddress() || (!ipv4 && family == StandardProtocolFamily.INET)) {
            throw new IllegalArgumentException("not a multicast group of " + family + ": " + group.getHostAddress());
        }
        request.fill((byte) 0);
        request.set(JAVA_INT, 0, on.getIndex());
        put(group, ipv4, GROUP);
        if (from != null) {
            put(from, ipv4, SOURCE);
        }
        int size = from == null ? GROUP_REQ_BYTES : GROUP_SOURCE_REQ_BYTES;
        int level = ipv4 ? Constants.IPPROTO_IP : Constants.IPPROTO_IPV6;
        return libc.setsockopt(fd, level, option, request.address(), size);
    }

    private void put(InetAddress address, boolean ipv4, int offset) {
        StandardProtocolFamily as = ipv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        MemorySegment place = request.asSlice(offset, SocketAddresses.MAX_BYTES);
        int ignored = SocketAddresses.encode(new InetSocketAddress(address, 0), as, place);
    }

    /** IP_MULTICAST_IF, and for an IPv6 socket IPV6_MULTICAST_IF besides; 0 or −errno. */
    int setInterface(int fd, StandardProtocolFamily family, NetworkInterface wanted) {
        request.fill((byte) 0);
        request.set(JAVA_INT, MREQN_INDEX, wanted.getIndex());
        int result =
                libc.setsockopt(fd, Constants.IPPROTO_IP, Constants.IP_MULTICAST_IF, request.address(), MREQN_BYTES);
        if (result < 0 || family == StandardProtocolFamily.INET) {
            return result;
        }
        request.set(JAVA_INT, 0, wanted.getIndex());
        return libc.setsockopt(
                fd, Constants.IPPROTO_IPV6, Constants.IPV6_MULTICAST_IF, request.address(), Integer.BYTES);
    }
}
