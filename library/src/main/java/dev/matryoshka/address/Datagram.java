package dev.matryoshka.address;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * A datagram that has come: its bytes, and where it came from. A value; compares by identity of the array, as records do.
 *
 * @param bytes the payload, the holder's own; empty for an empty datagram
 * @param sender whom to answer; of a Unix sender without a name the empty path
 */
public record Datagram(byte[] bytes, SocketAddress sender) {
    /** Both are there. */
    public Datagram {
        Objects.requireNonNull(bytes, "bytes");
        Objects.requireNonNull(sender, "sender");
    }

    /** The payload as text in UTF-8. */
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Length and sender, not the bytes. */
    @Override
    public String toString() {
        return "Datagram[" + bytes.length + " bytes from " + sender + "]";
    }
}
