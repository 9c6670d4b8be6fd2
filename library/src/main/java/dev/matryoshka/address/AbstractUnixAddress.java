package dev.matryoshka.address;

import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A Unix-domain address in Linux's abstract namespace: a name without a file, gone with its socket. See unix(7),
 * "Abstract sockets". Immutable, any thread. The {@code nio} kernel cannot use it: the JDK has no such addresses.
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

    /**
     * From raw bytes, which are copied.
     *
     * @param name without the leading NUL; Linux takes at most 107 bytes, and says so when the address is used
     */
    public static AbstractUnixAddress of(byte[] name) {
        return new AbstractUnixAddress(name.clone());
    }

    /**
     * From text.
     *
     * @param name without the leading NUL; goes to the system in UTF-8
     */
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
