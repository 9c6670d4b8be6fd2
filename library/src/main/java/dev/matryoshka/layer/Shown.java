package dev.matryoshka.layer;

/** What a stranger sent, as it may stand in a log: one line, nothing that a terminal would obey. */
final class Shown {
    private static final int BYTES_MAX = 16;

    private Shown() {}

    /** Printable characters of ASCII as they are, all others as a dot. */
    static String text(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", ".");
    }

    /** The first bytes, in hexadecimal and as text. */
    static String bytes(byte[] bytes, int count) {
        StringBuilder hex = new StringBuilder();
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(count, BYTES_MAX); i++) {
            hex.append(i == 0 ? "" : " ").append(String.format("%02x", bytes[i] & 0xFF));
            text.append(character(bytes[i]));
        }
        return hex + (count > BYTES_MAX ? " ..." : "") + " (" + text + ")";
    }

    /** A dot for what is not printable ASCII. */
    static char character(byte value) {
        return value >= ' ' && value < 0x7F ? (char) value : '.';
    }
}
