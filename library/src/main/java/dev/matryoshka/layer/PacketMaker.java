package dev.matryoshka.layer;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Makes the packets of one connection as they might have been on a wire: IPv4 or IPv6, TCP with running numbers and right
 * checksums. Knows no file and no clock.
 *
 * <pre>
 *   record header, 16 ┼ IP, 20 or 40 ┼ TCP, 20 ┼ payload
 * </pre>
 */
final class PacketMaker {
    /** More goes into several packets; IPv4 has room for 65535 bytes in all. */
    static final int PAYLOAD_BYTES_MAX = 32 * 1024;

    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int PSH = 0x08;
    static final int ACK = 0x10;

    private static final int RECORD_BYTES = 16;
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int TCP_BYTES = 20;
    private static final int TCP = 6;
    private static final int TTL = 64;
    private static final int WINDOW_BYTES = 0xFFFF;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final int snapBytes;
    private final boolean ipv6;
    private final Side local;
    private final Side remote;
    private int identification;

    /** One end: its address and the next byte that it sends. */
    private static final class Side {
        final byte[] address;
        final int port;
        int next;

        Side(byte[] address, int port) {
            this.address = address;
            this.port = port;
        }
    }

    /** @param snapBytes how much of a packet is kept */
    PacketMaker(InetSocketAddress local, InetSocketAddress remote, int snapBytes) {
        this.snapBytes = snapBytes;
        byte[] here = bytes(local);
        byte[] there = bytes(remote);
        this.ipv6 = here.length > 4 || there.length > 4;
        this.local = new Side(ipv6 ? AddressText.widened(here) : here, local.getPort());
        this.remote = new Side(ipv6 ? AddressText.widened(there) : there, remote.getPort());
    }

    private static byte[] bytes(InetSocketAddress address) {
        InetAddress resolved = address.getAddress();
        return resolved.getAddress();
    }

    /** Whether the other side opened the connection, as far as ports tell: the lower one is a server's. */
    boolean isServer() {
        return local.port < remote.port;
    }

    /**
     * One record of a capture file.
     *
     * @param fromLocal who sends it
     * @param payload is not moved; null for none; at most {@link #PAYLOAD_BYTES_MAX}
     */
    ByteBuffer packet(boolean fromLocal, int flags, @Nullable ByteBuffer payload, long epochNanos) {
        Side from = fromLocal ? local : remote;
        Side to = fromLocal ? remote : local;
        int payloadBytes = payload == null ? 0 : payload.remaining();
        int tcpBytes = TCP_BYTES + payloadBytes;
        int packetBytes = (ipv6 ? IPV6_BYTES : IPV4_BYTES) + tcpBytes;
        int keptBytes = Math.min(packetBytes, snapBytes); // and no more memory than that: the queue counts what is kept
        ByteBuffer out = ByteBuffer.allocate(RECORD_BYTES + keptBytes);
        out.putInt((int) Math.floorDiv(epochNanos, NANOS_PER_SECOND));
        out.putInt((int) Math.floorMod(epochNanos, NANOS_PER_SECOND));
        out.putInt(keptBytes).putInt(packetBytes);
        if (ipv6) {
            out.putInt(TCP << 28).putShort((short) tcpBytes).put((byte) TCP).put((byte) TTL);
            out.put(from.address).put(to.address);
        } else {
            putIpv4(out, from, to, packetBytes);
        }
        int tcpAt = out.position();
        out.putShort((short) from.port).putShort((short) to.port);
        out.putInt(from.next).putInt((flags & ACK) != 0 ? to.next : 0);
        out.putShort((short) (TCP_BYTES / 4 << 12 | flags))
                .putShort((short) WINDOW_BYTES)
                .putInt(0);
        long ofPayload = 0;
        if (payload != null) {
            ofPayload = sum(payload, payload.position(), payloadBytes);
            out.put(payload.slice(payload.position(), Math.min(payloadBytes, out.remaining())));
        }
        out.putShort(tcpAt + 16, checksum(out, tcpAt, TCP_BYTES, pseudoHeader(from, to, tcpBytes) + ofPayload));
        from.next += payloadBytes + ((flags & (SYN | FIN)) != 0 ? 1 : 0);
        return out.flip();
    }

    private void putIpv4(ByteBuffer out, Side from, Side to, int packetBytes) {
        int at = out.position();
        out.putShort((short) 0x4500).putShort((short) packetBytes);
        out.putShort((short) identification++).putShort((short) 0x4000); // don't fragment
        out.put((byte) TTL).put((byte) TCP).putShort((short) 0);
        out.put(from.address).put(to.address);
        out.putShort(at + 10, checksum(out, at, IPV4_BYTES, 0));
    }

    private static long pseudoHeader(Side from, Side to, int tcpBytes) {
        return sum(ByteBuffer.wrap(from.address), 0, from.address.length)
                + sum(ByteBuffer.wrap(to.address), 0, to.address.length)
                + TCP
                + tcpBytes;
    }

    /** RFC 1071. */
    private static short checksum(ByteBuffer bytes, int from, int count, long start) {
        long sum = start + sum(bytes, from, count);
        while (sum >> 16 != 0) {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        return (short) ~sum;
    }

    /** Two bytes at a time, the first of them the higher one, whatever order the buffer has. */
    private static long sum(ByteBuffer bytes, int from, int count) {
        long sum = 0;
        int end = from + count;
        int at = from;
        for (; at + 1 < end; at += 2) {
            sum += (bytes.get(at) & 0xFF) << 8 | bytes.get(at + 1) & 0xFF;
        }
        return at < end ? sum + ((bytes.get(at) & 0xFF) << 8) : sum;
    }
}
