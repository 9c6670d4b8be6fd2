package dev.matryoshka.kernel.epoll;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * Where the fields of {@code struct epoll_event} lie. Any thread.
 *
 * <pre>
 *        x86-64, packed              aarch64, aligned
 *    0 ┌────────────────┐        0 ┌────────────────┐
 *      │ events, 32 bit │          │ events, 32 bit │
 *    4 ├────────────────┤        4 ├────────────────┤
 *      │ data, 64 bit   │          │ (padding)      │
 *   12 └────────────────┘        8 ├────────────────┤
 *                                  │ data, 64 bit   │
 *                               16 └────────────────┘
 * </pre>
 *
 * It is packed on x86-64 and nowhere else, so that 32-bit programs see the same struct there (sys/epoll.h,
 * {@code __EPOLL_PACKED}). The data is a union; we use its 64 bits as the token.
 *
 * @param bytes size of one event
 * @param data offset of the token; the events are always at 0
 */
record EpollLayout(int bytes, int data) {
    static final EpollLayout X86_64 = new EpollLayout(12, 4);
    static final EpollLayout AARCH64 = new EpollLayout(16, 8);

    /** The layout of this machine. A constant to the compiler, so offsets cost nothing. */
    static final EpollLayout HERE = System.getProperty("os.arch").equals("aarch64") ? AARCH64 : X86_64;

    int events(MemorySegment array, int index) {
        return array.get(JAVA_INT_UNALIGNED, (long) index * bytes);
    }

    long token(MemorySegment array, int index) {
        return array.get(JAVA_LONG_UNALIGNED, (long) index * bytes + data);
    }

    void write(MemorySegment array, int index, int events, long token) {
        array.set(JAVA_INT_UNALIGNED, (long) index * bytes, events);
        array.set(JAVA_LONG_UNALIGNED, (long) index * bytes + data, token);
    }
}
