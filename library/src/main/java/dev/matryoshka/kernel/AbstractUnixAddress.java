package dev.matryoshka.kernel;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A Unix-domain address in Linux's abstract namespace: a name without a file, gone with its socket. See unix(7),
 * "Abstract sockets". Immutable, any thread.
 *
 * <p>Why not {@link java.net.UnixDomainSocketAddress}: it wraps a {@link java.nio.file.Path}, and a path cannot hold
 * the NUL byte that abstract names start with.
 */
public final class AbstractUnixAddress extends SocketAddress {
    private static final long serialVersionUID = 1L;

    private final byte[] name;

    private AbstractUnixAddress(byte[] name) {
        this.name = name;
    }

    /** @param name without the leading NUL, as raw bytes (copied); Linux takes at most 107 of them */
    public static AbstractUnixAddress of(byte[] name) {
        return new AbstractUnixAddress(name.clone());
    }

    /** @param name without the leading NUL, sent as UTF-8 */
    public static AbstractUnixAddress of(String name) {
        return new AbstractUnixAddress(name.getBytes(StandardCharsets.UTF_8));
    }

    /** A copy of the name, without the leading NUL. */
    public byte[] name() {
        return name.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AbstractUnixAddress that && Arrays.equals(name, that.name);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(name);
    }

    /** The name after an {@code @}, as ss(8) and netstat(8) print it. */
    @Override
    public String toString() {
        return "@" + new String(name, StandardCharsets.UTF_8);
    }
}
