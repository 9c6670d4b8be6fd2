package dev.matryoshka.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads one header of the PROXY protocol, of either version, out of bytes that come in any pieces. It takes exactly the
 * header: what follows stays in the buffer. It knows no connection, so it serves every doll. Not thread-safe.
 *
 * <p>It refuses at the first byte that cannot be right, and never keeps more than its limit.
 */
public final class ProxyHeaderParser {
    /** As much as nginx takes; a header without certificates in it has some hundred bytes. */
    public static final int BYTES_MAX = 4096;

    private enum Form {
        UNDECIDED,
        TEXT,
        BINARY
    }

    private final int bytesMax;
    private Form form = Form.UNDECIDED;
    private byte[] bytes = new byte[ProxyText.LINE_BYTES_MAX];
    private int count;

    /** How long a binary header is in all, once its fixed part is here. */
    private int binaryBytes = -1;

    /** With a limit of {@link #BYTES_MAX}. */
    public ProxyHeaderParser() {
        this(BYTES_MAX);
    }

    /**
     * With a limit of one's own for version 2; version 1 has 107 bytes at most.
     *
     * @param bytesMax at least 232, which is what addresses alone need
     * @throws IllegalArgumentException less
     */
    public ProxyHeaderParser(int bytesMax) {
        if (bytesMax < ProxyBinary.HEAD_BYTES + ProxyHeader.Kind.UNIX_STREAM.addressBytes) {
            throw new IllegalArgumentException("a limit below 232 bytes refuses plain addresses: " + bytesMax);
        }
        this.bytesMax = bytesMax;
    }

    /**
     * Takes what belongs to the header.
     *
     * @param source its position moves behind what was taken, and behind the byte that was refused
     * @return the header, or null when all was taken and there is more to come
     * @throws ProxyHeaderException this is no header; calling again has no meaning
     */
    public @Nullable ProxyHeader take(ByteBuffer source) throws ProxyHeaderException {
        while (form != Form.BINARY && source.hasRemaining()) {
            bytes[count++] = source.get();
            ProxyHeader line = form == Form.UNDECIDED ? decide() : line();
            if (line != null) {
                return line;
            }
        }
        return form == Form.BINARY ? binary(source) : null;
    }

    /** Whether the signature is here, so that this is a header and nothing else, be it a good one or not. */
    public boolean isCertain() {
        return form != Form.UNDECIDED;
    }

    /** A copy of all bytes taken, for who has to pass them on after all. */
    public byte[] taken() {
        return Arrays.copyOf(bytes, count);
    }

    /** The first byte says which form it must be, the others have to agree. */
    private @Nullable ProxyHeader decide() throws ProxyHeaderException {
        boolean text = bytes[0] == ProxyText.SIGNATURE.charAt(0);
        int wanted = text ? ProxyText.SIGNATURE.charAt(count - 1) : ProxyBinary.SIGNATURE[count - 1];
        if (bytes[count - 1] != wanted) {
            throw new ProxyHeaderException("not a PROXY header: " + Shown.bytes(bytes, count));
        }
        if (text && count == ProxyText.SIGNATURE.length()) {
            form = Form.TEXT;
        } else if (!text && count == ProxyBinary.SIGNATURE.length) {
            form = Form.BINARY;
        }
        return null;
    }

    /** After each byte of a line: a lone CR or LF is refused where it stands, but for UNKNOWN, which may be followed by anything. */
    private @Nullable ProxyHeader line() throws ProxyHeaderException {
        boolean afterCr = bytes[count - 2] == '\r';
        boolean newline = bytes[count - 1] == '\n';
        if (afterCr && newline) {
            return ProxyText.decode(new String(bytes, 0, count - 2, ISO_8859_1));
        }
        if (afterCr != newline || count == ProxyText.LINE_BYTES_MAX) {
            String text = new String(bytes, 0, count, ISO_8859_1);
            if (count == ProxyText.LINE_BYTES_MAX) {
                throw new ProxyHeaderException(
                        "PROXY line without CRLF in its first 107 bytes: '" + Shown.text(text) + "'");
            }
            if (!ProxyText.isUnknown(text.substring(ProxyText.SIGNATURE.length()))) {
                throw new ProxyHeaderException("PROXY line with a CR or LF alone: '" + Shown.text(text) + "'");
            }
        }
        return null;
    }

    private @Nullable ProxyHeader binary(ByteBuffer source) throws ProxyHeaderException {
        if (binaryBytes < 0) {
            move(source, ProxyBinary.HEAD_BYTES);
            if (count < ProxyBinary.HEAD_BYTES) {
                return null;
            }
            binaryBytes = ProxyBinary.HEAD_BYTES + ProxyBinary.blockBytes(bytes);
            if (binaryBytes > bytesMax) {
                throw new ProxyHeaderException(
                        "PROXY header of " + binaryBytes + " bytes, more than the limit of " + bytesMax);
            }
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length, binaryBytes));
        }
        move(source, binaryBytes);
        return count < binaryBytes ? null : ProxyBinary.decode(bytes, count);
    }

    private void move(ByteBuffer source, int upTo) {
        int length = Math.min(source.remaining(), upTo - count);
        source.get(bytes, count, length);
        count += length;
    }
}
