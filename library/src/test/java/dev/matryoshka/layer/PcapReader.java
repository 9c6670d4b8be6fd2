package dev.matryoshka.layer;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads a capture as a stranger would: by the formats' own pages, and with every checksum recomputed from scratch. */
final class PcapReader {
    record Packet(
            long epochNanos,
            int originalBytes,
            String source,
            int sourcePort,
            String destination,
            int destinationPort,
            long sequence,
            long acknowledged,
            String flags,
            byte[] payload) {}

    private PcapReader() {}

    static List<Packet> read(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file));
        require(in.getInt() == 0xA1B23C4D, "magic");
        require(in.getShort() == 2 && in.getShort() == 4, "version");
        require(in.getLong() == 0, "zone and accuracy");
        int snapBytes = in.getInt();
        require(in.getInt() == 101, "raw IP");
        List<Packet> packets = new ArrayList<>();
        while (in.hasRemaining()) {
            long nanos = in.getInt() * 1_000_000_000L + in.getInt();
            int captured = in.getInt();
            int original = in.getInt();
            require(captured == Math.min(original, snapBytes), "captured length");
            packets.add(packet(nanos, original, in.slice(in.position(), captured)));
            in.position(in.position() + captured);
        }
        return packets;
    }

    private static Packet packet(long nanos, int original, ByteBuffer ip) throws IOException {
        boolean whole = original == ip.remaining();
        boolean four = ip.get(0) >> 4 == 4;
        int addressBytes = four ? 4 : 16;
        byte[] source = new byte[addressBytes];
        byte[] destination = new byte[addressBytes];
        if (four) {
            require(ip.get(0) == 0x45, "header of 20 bytes");
            require((ip.getShort(2) & 0xFFFF) == original, "total length");
            require(ip.get(9) == 6, "TCP");
            require(sum(ip, 0, 20, 0) == 0xFFFF, "IPv4 checksum");
        } else {
            require(ip.get(0) == 0x60, "IPv6");
            require((ip.getShort(4) & 0xFFFF) == original - 40, "payload length");
            require(ip.get(6) == 6, "TCP");
        }
        ip.get(four ? 12 : 8, source).get(four ? 16 : 24, destination);
        int at = four ? 20 : 40;
        require((ip.get(at + 12) & 0xF0) == 0x50, "TCP header of 20 bytes");
        if (whole) {
            int tcpBytes = original - at;
            int pseudo = sum(ByteBuffer.wrap(source), 0, addressBytes, 0);
            pseudo = sum(ByteBuffer.wrap(destination), 0, addressBytes, pseudo + 6 + tcpBytes);
            require(sum(ip, at, tcpBytes, pseudo) == 0xFFFF, "TCP checksum");
        }
        byte[] payload = new byte[ip.remaining() - at - 20];
        ip.get(at + 20, payload);
        return new Packet(
                nanos,
                original,
                InetAddress.getByAddress(source).getHostAddress(),
                ip.getShort(at) & 0xFFFF,
                InetAddress.getByAddress(destination).getHostAddress(),
                ip.getShort(at + 2) & 0xFFFF,
                ip.getInt(at + 4) & 0xFFFFFFFFL,
                ip.getInt(at + 8) & 0xFFFFFFFFL,
                flags(ip.get(at + 13)),
                payload);
    }

    private static String flags(byte bits) {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            if ((bits >> i & 1) == 1) {
                names.append("FSRPA".charAt(i));
            }
        }
        return names.toString();
    }

    /** One's complement, folded after each step. */
    private static int sum(ByteBuffer bytes, int from, int count, int start) {
        int sum = fold(start);
        for (int i = 0; i < count; i++) {
            int value = bytes.get(from + i) & 0xFF;
            sum = fold(sum + (i % 2 == 0 ? value << 8 : value));
        }
        return sum;
    }

    private static int fold(int sum) {
        return (sum & 0xFFFF) + (sum >>> 16);
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError("not a good capture: " + what);
        }
    }
}
