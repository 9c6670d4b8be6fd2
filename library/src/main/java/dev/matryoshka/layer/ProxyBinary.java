package dev.matryoshka.layer;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.layer.ProxyHeader.Kind;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Version 2: binary (proxy-protocol.txt, 2.2).
 *
 * <pre>
 *   0            12        13       14       16                    16 + length
 *   ├─ signature ─┼ 2 │ cmd ┼ family ┼ length ─┼ addresses │ TLVs ... ┤
 * </pre>
 */
final class ProxyBinary {
    static final byte[] SIGNATURE = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

    /** Signature, version and command, family, length. */
    static final int HEAD_BYTES = 16;

    /** What the length can say. */
    static final int BLOCK_BYTES_MAX = 0xFFFF;

    private static final int VERSION_OFFSET = 12;
    private static final int FAMILY_OFFSET = 13;
    private static final int LENGTH_OFFSET = 14;
    private static final int LOCAL = 0x20;
    private static final int PROXY = 0x21;
    private static final int FAMILY_MAX = 3;
    private static final int TRANSPORT_MAX = 2;
    private static final int UNIX_PATH_BYTES = 108;

    private ProxyBinary() {}

    // ---- writing --------------------------------------------------------------------------------------------------

    static ByteBuffer encode(ProxyHeader header) {
        int blockBytes = header.kind().addressBytes
                + header.tlvs().stream().mapToInt(ProxyTlv::encodedBytes).sum();
        ByteBuffer out = ByteBuffer.allocate(HEAD_BYTES + blockBytes);
        out.put(SIGNATURE)
                .put((byte) (header.kind() == Kind.LOCAL ? LOCAL : PROXY))
                .put((byte) header.kind().code)
                .putShort((short) blockBytes);
        if (header.source() instanceof InetSocketAddress source
                && header.destination() instanceof InetSocketAddress destination) {
            out.put(bytes(header.kind(), source)).put(bytes(header.kind(), destination));
            out.putShort((short) source.getPort()).putShort((short) destination.getPort());
        } else if (header.kind().isUnix() && header.source() != null && header.destination() != null) {
            out.put(bytes(header.source())).put(bytes(header.destination()));
        }
        int checksumAt = -1;
        for (ProxyTlv tlv : header.tlvs()) {
            byte[] value = tlv.value();
            out.put((byte) tlv.type()).putShort((short) value.length);
            if (tlv.type() == ProxyTlv.CRC32C && value.length == Integer.BYTES) {
                checksumAt = out.position();
                Arrays.fill(value, (byte) 0);
            }
            out.put(value);
        }
        if (checksumAt >= 0) {
            out.putInt(checksumAt, checksum(out.array(), out.position(), checksumAt));
        }
        return out.flip();
    }

    private static byte[] bytes(Kind kind, InetSocketAddress address) {
        byte[] bytes = address.getAddress().getAddress();
        return kind == Kind.TCP6 || kind == Kind.UDP6 ? AddressText.widened(bytes) : bytes;
    }

    /** A path that does not fit is cut off: the field has no room, and it is there to be read by people. */
    private static byte[] bytes(SocketAddress address) {
        if (address instanceof AbstractUnixAddress named) {
            return ByteBuffer.allocate(UNIX_PATH_BYTES)
                    .put(1, named.name(), 0, Math.min(named.name().length, UNIX_PATH_BYTES - 1))
                    .array();
        }
        byte[] path = address instanceof UnixDomainSocketAddress unix
                ? unix.getPath().toString().getBytes(StandardCharsets.UTF_8)
                : new byte[0];
        return Arrays.copyOf(path, UNIX_PATH_BYTES);
    }

    /** Over the whole header with the checksum's own bytes as zeros. */
    private static int checksum(byte[] header, int length, int checksumAt) {
        CRC32C sum = new CRC32C();
        sum.update(header, 0, checksumAt);
        sum.update(new byte[Integer.BYTES], 0, Integer.BYTES);
        int after = checksumAt + Integer.BYTES;
        sum.update(header, after, length - after);
        return (int) sum.getValue();
    }

    // ---- reading --------------------------------------------------------------------------------------------------

    /**
     * What the fixed part promises to follow. Refuses here what can be refused here, before a stranger's bytes are waited for.
     *
     * @param head at least {@link #HEAD_BYTES} bytes, which begin with the signature
     */
    static int blockBytes(byte[] head) throws ProxyHeaderException {
        int command = head[VERSION_OFFSET] & 0xFF;
        int length = ByteBuffer.wrap(head).getShort(LENGTH_OFFSET) & 0xFFFF;
        if (command == LOCAL) {
            return length;
        }
        if (command != PROXY) {
            throw new ProxyHeaderException(String.format("PROXY header of unknown version or command 0x%02x", command));
        }
        int family = head[FAMILY_OFFSET] & 0xFF;
        if (family >> 4 > FAMILY_MAX || (family & 0xF) > TRANSPORT_MAX) {
            throw new ProxyHeaderException(String.format("PROXY header of unknown family or transport 0x%02x", family));
        }
        Kind kind = kind(head);
        if (length < kind.addressBytes) {
            throw new ProxyHeaderException("PROXY header too short for the addresses of " + kind + ": " + length
                    + " bytes, not " + kind.addressBytes);
        }
        return length;
    }

    /** A family without a transport, or the other way round, is as good as neither. */
    private static Kind kind(byte[] head) {
        return head[VERSION_OFFSET] == LOCAL ? Kind.LOCAL : family(head);
    }

    private static Kind family(byte[] head) {
        for (Kind kind : Kind.values()) {
            if (kind.addressBytes > 0 && kind.code == head[FAMILY_OFFSET]) {
                return kind;
            }
        }
        return Kind.UNKNOWN;
    }

    /** @param bytes the whole header, and maybe more */
    static ProxyHeader decode(byte[] bytes, int length) throws ProxyHeaderException {
        Kind kind = kind(bytes);
        ByteBuffer block = ByteBuffer.wrap(bytes, HEAD_BYTES, length - HEAD_BYTES);
        if (kind == Kind.LOCAL) {
            return local(bytes, block);
        }
        SocketAddress source = null;
        SocketAddress destination = null;
        if (kind.isUnix()) {
            source = unix(block);
            destination = unix(block);
        } else if (kind.addressBytes > 0) {
            byte[] from = new byte[(kind.addressBytes - 2 * Short.BYTES) / 2];
            byte[] to = new byte[from.length];
            block.get(from).get(to);
            source = new InetSocketAddress(ProxyText.address(from), block.getShort() & 0xFFFF);
            destination = new InetSocketAddress(ProxyText.address(to), block.getShort() & 0xFFFF);
        }
        List<ProxyTlv> tlvs = tlvs(bytes, block);
        if (tlvs == null) {
            if (kind.addressBytes > 0) {
                throw new ProxyHeaderException("PROXY header with a TLV that is longer than the header");
            }
            tlvs = List.of(); // what an UNSPEC header carries may be anything
        }
        return new ProxyHeader(kind, source, destination, tlvs);
    }

    /**
     * "The receiver must accept this connection and discard the protocol block including the family": so addresses are skipped, and
     * nothing behind them is a reason to refuse. What is a good list of TLVs is kept for who wants to see it.
     */
    private static ProxyHeader local(byte[] bytes, ByteBuffer block) {
        int addressBytes = family(bytes).addressBytes;
        block.position(block.position() + Math.min(addressBytes, block.remaining()));
        List<ProxyTlv> tlvs;
        try {
            tlvs = tlvs(bytes, block);
        } catch (ProxyHeaderException discarded) {
            tlvs = null;
        }
        return new ProxyHeader(Kind.LOCAL, null, null, tlvs == null ? List.of() : tlvs);
    }

    /** What the rest of the block holds, or null when that is not a list of TLVs. */
    private static @Nullable List<ProxyTlv> tlvs(byte[] bytes, ByteBuffer block) throws ProxyHeaderException {
        List<ProxyTlv> tlvs = new ArrayList<>();
        int checksumAt = -1;
        while (block.hasRemaining()) {
            if (block.remaining() < ProxyTlv.HEAD_BYTES) {
                return null;
            }
            int type = block.get() & 0xFF;
            byte[] value = new byte[Math.min(block.getShort() & 0xFFFF, block.remaining() + 1)];
            if (value.length > block.remaining()) {
                return null;
            }
            if (type == ProxyTlv.CRC32C) {
                if (checksumAt >= 0 || value.length != Integer.BYTES) {
                    throw new ProxyHeaderException("PROXY header with two checksums, or one that is not 4 bytes long");
                }
                checksumAt = block.position();
            }
            block.get(value);
            tlvs.add(new ProxyTlv(type, value));
        }
        if (checksumAt >= 0) {
            check(bytes, block.limit(), checksumAt);
        }
        return tlvs;
    }

    private static void check(byte[] bytes, int length, int checksumAt) throws ProxyHeaderException {
        int told = ByteBuffer.wrap(bytes).getInt(checksumAt);
        int computed = checksum(bytes, length, checksumAt);
        if (told != computed) {
            throw new ProxyHeaderException(
                    String.format("PROXY header with a wrong checksum: %08x, computed %08x", told, computed));
        }
    }

    /** A path up to the first NUL; what begins with one is an abstract name, whose padding cannot be told from NULs at its end. */
    private static SocketAddress unix(ByteBuffer block) throws ProxyHeaderException {
        byte[] field = new byte[UNIX_PATH_BYTES];
        block.get(field);
        int last = field.length;
        while (last > 0 && field[last - 1] == 0) {
            last--;
        }
        if (last > 0 && field[0] == 0) {
            return AbstractUnixAddress.of(Arrays.copyOfRange(field, 1, last));
        }
        int end = 0;
        while (end < field.length && field[end] != 0) {
            end++;
        }
        try {
            return UnixDomainSocketAddress.of(new String(field, 0, end, StandardCharsets.UTF_8));
        } catch (InvalidPathException notOne) {
            throw new ProxyHeaderException("PROXY header with an impossible path: " + Shown.bytes(field, end));
        }
    }
}
