package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that one direction of a datagram socket has used of late, so that talking with the same peers again converts
 * and allocates nothing. Loop thread only.
 *
 * <p>First the one that was used last; then a table with one place for each hash, in which a peer drives out another of the same
 * hash. Up to some dozens of peers that is rare; a crowd of thousands is converted each time, as without the table, and
 * costs a comparison more. The table is made when there is a second peer, a place when it is needed: {@value #PLACES} of them
 * hold some 50 KiB.
 */
final class RecentAddresses {
    static final int PLACES = 256;

    /** 2<sup>64</sup> by the golden ratio: neighbouring ports come apart (Knuth, 6.4). */
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private final Arena arena;
    private final EncodedAddress first;
    private EncodedAddress last;
    private @Nullable EncodedAddress @Nullable [] table;

    RecentAddresses(Arena arena) {
        this.arena = arena;
        this.first = new EncodedAddress(arena);
        this.last = first;
    }

    /** What {@link #decode} found last; null before. */
    @Nullable
    SocketAddress get() {
        return last.get();
    }

    /** What the kernel wrote; the same object as before when the bytes are the same. */
    void decode(MemorySegment written, int writtenLength) {
        int size = Math.min(writtenLength, SocketAddresses.MAX_BYTES);
        if (!last.is(written, size)) {
            last = place(hash(written, size));
            last.decode(written, size);
        }
    }

    /** Makes {@link #pointer} point to an address for a socket of that family; its length, or −ENAMETOOLONG. */
    int encode(SocketAddress wanted, StandardProtocolFamily family) {
        if (!last.is(wanted)) {
            last = place(wanted.hashCode());
        }
        return last.encode(wanted, family);
    }

    long pointer() {
        return last.pointer();
    }

    private EncodedAddress place(long hash) {
        if (first.isEmpty()) {
            return first;
        }
        if (table == null) {
            table = new EncodedAddress[PLACES];
        }
        int index = (int) (hash * GOLDEN >>> Long.SIZE - Integer.numberOfTrailingZeros(PLACES));
        EncodedAddress place = table[index];
        if (place == null) {
            place = new EncodedAddress(arena);
            table[index] = place;
        }
        return place;
    }

    private static long hash(MemorySegment written, int size) {
        long hash = 0;
        for (int at = 0; at + Long.BYTES <= size; at += Long.BYTES) {
            hash = hash * 31 + written.get(JAVA_LONG, at);
        }
        return hash;
    }
}
