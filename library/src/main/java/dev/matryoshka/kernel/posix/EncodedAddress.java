package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.matryoshka.kernel.Addresses;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import org.jspecify.annotations.Nullable;

/** An address as an object and as the kernel's bytes: a place of {@link RecentAddresses}. Loop thread only. */
final class EncodedAddress {
    /** Room for a sockaddr of any family; what lies behind {@link #length} is old. */
    private final MemorySegment bytes;

    private int length;
    private @Nullable SocketAddress address;

    EncodedAddress(Arena arena) {
        bytes = arena.allocate(SocketAddresses.MAX_BYTES, Long.BYTES);
    }

    @Nullable
    SocketAddress get() {
        return address;
    }

    boolean isEmpty() {
        return address == null;
    }

    /** What the kernel wrote; the same object as last time when the bytes are the same. */
    void decode(MemorySegment written, int size) {
        if (!is(written, size)) {
            address = null; // until it is known to be one
            MemorySegment.copy(written, 0, bytes, 0, size);
            length = size;
            address = SocketAddresses.decode(written, size);
        }
    }

    boolean is(MemorySegment written, int size) {
        return address != null && size == length && isSame(written, size);
    }

    private boolean isSame(MemorySegment other, int size) {
        int at = 0;
        for (; at + Long.BYTES <= size; at += Long.BYTES) {
            if (bytes.get(JAVA_LONG, at) != other.get(JAVA_LONG, at)) {
                return false;
            }
        }
        for (; at < size; at++) {
            if (bytes.get(JAVA_BYTE, at) != other.get(JAVA_BYTE, at)) {
                return false;
            }
        }
        return true;
    }

    /** Makes {@link #pointer} point to an address for a socket of that family; its length, or −ENAMETOOLONG. */
    int encode(SocketAddress wanted, StandardProtocolFamily family) {
        if (!is(wanted)) {
            address = null;
            int size = SocketAddresses.encode(wanted, family, bytes);
            if (size < 0) {
                return size;
            }
            length = size;
            address = wanted;
        }
        return length;
    }

    boolean is(SocketAddress wanted) {
        return Addresses.isSame(wanted, address);
    }

    long pointer() {
        return bytes.address();
    }
}
