package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Paths as the bytes that the system knows them by. Any thread.
 *
 * <p>To Linux a name is bytes, and a {@link Path} keeps them; its {@code toString()} is what they mean in this JVM's locale. Where
 * they mean nothing there, as a name in UTF-8 does in the locale C, the text has a replacement character, and leads to another
 * file or none.
 */
final class FileNames {
    /** What {@link Path} uses, so that both name the same file. */
    static final Charset CHARSET = Charset.forName(
            System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name()));

    private static final char REPLACEMENT = '\uFFFD';

    private FileNames() {}

    /** The name of a file, which may be no text; then it is the absolute one. */
    static byte[] bytes(Path path) {
        byte[] text = textBytes(path);
        return text != null ? text : decoded(path.toUri().getRawPath());
    }

    /** The bytes of a path that is text in this locale; null for another. */
    static byte @Nullable [] textBytes(Path path) {
        String text = path.toString();
        if (text.indexOf(REPLACEMENT) >= 0) {
            return null;
        }
        try {
            ByteBuffer encoded = CHARSET.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } catch (CharacterCodingException notOfThisLocale) {
            return null;
        }
    }

    /** Each byte that a URI has no character for is {@code %} and two digits there. */
    private static byte[] decoded(String uri) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(uri.length());
        for (int i = 0; i < uri.length(); i++) {
            if (uri.charAt(i) == '%') {
                bytes.write(HexFormat.fromHexDigits(uri, i + 1, i + 3));
                i += 2;
            } else {
                bytes.write(uri.charAt(i));
            }
        }
        return bytes.toByteArray();
    }

    /** What a name of the system's means in this locale; null when that is nothing. */
    static @Nullable String text(byte[] name, int length) {
        try {
            return CHARSET.newDecoder().decode(ByteBuffer.wrap(name, 0, length)).toString();
        } catch (CharacterCodingException notOfThisLocale) {
            return null;
        }
    }

    /** The name as a C string. */
    static MemorySegment cString(Arena arena, Path path) {
        return cString(arena, bytes(path));
    }

    /** Bytes without a NUL, and one behind them. */
    static MemorySegment cString(Arena arena, byte[] bytes) {
        MemorySegment memory = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, 0, bytes.length);
        return memory;
    }
}
