package dev.matryoshka.layer;

import java.nio.ByteBuffer;

/** Bytes for people: offset, hexadecimal, text; as hexdump -C shows them, sixteen a line. */
final class HexDump {
    private static final int LINE_BYTES = 16;

    private HexDump() {}

    /**
     * Lines, each after a line break.
     *
     * @param data is not moved
     * @param bytesMax how many bytes are shown; a last line tells how many more there were
     */
    static String of(ByteBuffer data, int bytesMax) {
        int count = Math.min(data.remaining(), bytesMax);
        StringBuilder dump = new StringBuilder(5 * count + 64);
        for (int line = 0; line < count; line += LINE_BYTES) {
            dump.append(String.format("%n%08x ", line));
            StringBuilder text = new StringBuilder(LINE_BYTES);
            for (int i = line; i < line + LINE_BYTES; i++) {
                dump.append(i == line + LINE_BYTES / 2 ? "  " : " ");
                if (i < count) {
                    byte value = data.get(data.position() + i);
                    dump.append(String.format("%02x", value & 0xFF));
                    text.append(Shown.character(value));
                } else {
                    dump.append("  ");
                }
            }
            dump.append("  |").append(text).append('|');
        }
        if (count > 0 && count < data.remaining()) {
            dump.append(String.format("%n... and %d more", data.remaining() - count));
        }
        return dump.toString();
    }
}
