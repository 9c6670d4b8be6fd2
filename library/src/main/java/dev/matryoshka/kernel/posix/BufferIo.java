package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.matryoshka.kernel.NonBlockingSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where the bytes of any ByteBuffer lie when a system call needs an address. Loop thread only; one for each kernel.
 *
 * <p>A direct buffer is used in place. The bytes of a heap buffer may be moved by the garbage collector at any time, so
 * they are copied through the {@link #staging} memory, at most {@value #STAGING_BYTES} at a time.
 *
 * <pre>
 *   struct msghdr, sendmsg(2), recvmsg(2)       struct iovec, writev(2)
 *    0 │ name            │ 0                     0 │ base │ first address
 *    8 │ name length     │ 0                     8 │ len  │ bytes
 *   16 │ iov             │ ─▶ the table         16 └──────┘
 *   24 │ iov length      │ entries in use
 *   32 │ control         │ 0
 *   40 │ control length  │ 0
 *   48 │ flags           │ 0; of a received one what the kernel says
 *   56 └─────────────────┘
 * </pre>
 */
final class BufferIo {
    /** One default read of the transports, 256 KiB, so that a heap buffer of that size still takes one call. */
    static final int STAGING_BYTES = 256 * 1024;

    static final int IOVEC_BASE = 0;
    static final int IOVEC_LENGTH = 8;
    static final int IOVEC_BYTES = 16;
    static final int MSGHDR_IOV = 16;
    static final int MSGHDR_IOV_LENGTH = 24;
    static final int MSGHDR_FLAGS = 48;
    static final int MSGHDR_BYTES = 56;

    private final MemorySegment table;
    private final MemorySegment header;

    /** A msghdr for recvmsg(2), and behind it the one iovec that it points to. */
    private final MemorySegment receiving;

    /** Made on first use: a kernel that sees direct buffers only never pays for it. */
    private @Nullable ByteBuffer staging;

    private long stagingAddress;
    private int entries;

    BufferIo(Arena arena) {
        table = arena.allocate((long) NonBlockingSocket.GATHER_MAX * IOVEC_BYTES, Long.BYTES);
        header = arena.allocate(MSGHDR_BYTES, Long.BYTES);
        header.set(JAVA_LONG, MSGHDR_IOV, table.address());
        receiving = arena.allocate(MSGHDR_BYTES + IOVEC_BYTES, Long.BYTES);
        receiving.set(JAVA_LONG, MSGHDR_IOV, receiving.address() + MSGHDR_BYTES);
        receiving.set(JAVA_LONG, MSGHDR_IOV_LENGTH, 1);
    }

    /**
     * Where the first remaining byte of a direct buffer lies. The caller keeps the buffer reachable during the call.
     *
     * @throws IllegalStateException the arena that the buffer is of is closed: the kernel would write over what lies there now
     */
    static long address(ByteBuffer direct) {
        MemorySegment segment = MemorySegment.ofBuffer(direct);
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the arena of this buffer is closed: " + direct);
        }
        return segment.address();
    }

    /** Scratch memory; holds its bytes until the next call of this class. */
    ByteBuffer staging() {
        ByteBuffer memory = staging;
        if (memory == null) {
            memory = ByteBuffer.allocateDirect(STAGING_BYTES);
            stagingAddress = address(memory);
            staging = memory;
        }
        return memory;
    }

    /** Where {@link #staging} begins; only after it was asked for. */
    long stagingAddress() {
        return stagingAddress;
    }

    /**
     * Fills the iovec table from {@code sources[from, to)}, which must not be more than GATHER_MAX. Stops early where
     * the staging memory is full of heap bytes. Positions stay as they are.
     *
     * @return how many bytes the table holds
     */
    long gather(ByteBuffer[] sources, int from, int to) {
        entries = 0;
        long bytes = 0;
        int staged = 0;
        for (int i = from; i < to; i++) {
            ByteBuffer source = sources[i];
            int remaining = source.remaining();
            if (remaining == 0) {
                continue;
            }
            if (source.isDirect()) {
                add(address(source), remaining);
                bytes += remaining;
                continue;
            }
            int length = Math.min(remaining, STAGING_BYTES - staged);
            staging().put(staged, source, source.position(), length);
            add(stagingAddress + staged, length);
            staged += length;
            bytes += length;
            if (length < remaining || staged == STAGING_BYTES) {
                break;
            }
        }
        header.set(JAVA_LONG, MSGHDR_IOV_LENGTH, entries);
        return bytes;
    }

    private void add(long address, int length) {
        long entry = (long) entries * IOVEC_BYTES;
        table.set(JAVA_LONG, entry + IOVEC_BASE, address);
        table.set(JAVA_LONG, entry + IOVEC_LENGTH, length);
        entries++;
    }

    /** The iovec table that {@link #gather} filled in, for writev(2). */
    long table() {
        return table.address();
    }

    /** How many entries of the table are in use. */
    int entries() {
        return entries;
    }

    /** The msghdr over what {@link #gather} filled in. */
    long header() {
        return header.address();
    }

    /** A msghdr for receiving into this memory, without room for control data. */
    long headerOver(long address, int length) {
        receiving.set(JAVA_LONG, MSGHDR_BYTES + IOVEC_BASE, address);
        receiving.set(JAVA_LONG, MSGHDR_BYTES + IOVEC_LENGTH, length);
        return receiving.address();
    }

    /** Whether what was received over {@link #headerOver} came with control data, which is lost. */
    boolean lostControl() {
        return (receiving.get(JAVA_INT, MSGHDR_FLAGS) & Constants.MSG_CTRUNC) != 0;
    }

    /** Moves the positions of {@code sources[from, to)} forward by what was sent, in order. */
    static void advance(ByteBuffer[] sources, int from, int to, long sent) {
        long left = sent;
        for (int i = from; i < to && left > 0; i++) {
            ByteBuffer source = sources[i];
            int taken = (int) Math.min(left, source.remaining());
            source.position(source.position() + taken);
            left -= taken;
        }
    }
}
