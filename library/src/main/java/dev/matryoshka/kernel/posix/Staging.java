package dev.matryoshka.kernel.posix;

import dev.matryoshka.kernel.NonBlockingIo;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * The loops around the system calls of a socket and of a pipe, where one call is not enough: heap buffers go through the staging
 * memory piece by piece, several buffers through the table of iovecs. They go on while whole pieces are moved, because a count below
 * what was given must mean "full", and one below the room "drained", as for any other buffer. Loop thread only.
 *
 * <p>The one-call paths, over chunks and direct buffers, stay in {@link PosixSocket} and {@link PosixPipe}: nothing stands between them and
 * their system call.
 */
final class Staging {
    private static final int EAGAIN = PosixDescriptor.EAGAIN;

    private Staging() {}

    /** The system calls. Each answers a count, 0 of a read for the end, or −errno; it has gone on after EINTR. */
    interface Calls {
        /** Into memory, from the descriptor. */
        int read(long address, int length);

        /** From memory, to the descriptor. */
        int write(long address, int length);

        /** To the descriptor, what {@link BufferIo#gather} has put together. */
        long writeGathered();

        /** What came after bytes in one receive, an end or −errno but not EAGAIN: it is answered by the next. */
        void keepForNext(int result);
    }

    /**
     * Receives into a heap buffer.
     *
     * @param untilRefused whether less than the room says nothing, so that only a refusal does
     * @return the count, 0 at the end, or −errno
     */
    static int receive(Calls calls, BufferIo buffers, ByteBuffer target, boolean untilRefused) {
        ByteBuffer staging = buffers.staging();
        int total = 0;
        while (target.hasRemaining()) {
            int piece = Math.min(target.remaining(), staging.capacity());
            int result = calls.read(buffers.stagingAddress(), piece);
            if (result <= 0) {
                return stopped(calls, result, total);
            }
            target.put(staging.limit(result).position(0));
            staging.clear();
            total += result;
            if (result < piece && !untilRefused) {
                break;
            }
        }
        return total;
    }

    /** After {@code total} bytes nothing more came. */
    static int stopped(Calls calls, int result, int total) {
        if (total == 0) {
            return result;
        }
        if (result != -EAGAIN) {
            calls.keepForNext(result);
        }
        return total;
    }

    /**
     * Sends a heap buffer.
     *
     * @return the count, or −errno when nothing was taken
     */
    static int send(Calls calls, BufferIo buffers, ByteBuffer source) {
        ByteBuffer staging = buffers.staging();
        int total = 0;
        while (source.hasRemaining()) {
            int piece = Math.min(source.remaining(), staging.capacity());
            staging.put(0, source, source.position(), piece);
            int result = calls.write(buffers.stagingAddress(), piece);
            if (result < 0) {
                return total > 0 && result == -EAGAIN ? total : result;
            }
            source.position(source.position() + result);
            total += result;
            if (result < piece) {
                break;
            }
        }
        return total;
    }

    /**
     * Sends buffers: one system call, but for heap buffers of more bytes than the staging memory holds.
     *
     * @return the count, or −errno when nothing was taken
     */
    static long sendGathered(Calls calls, BufferIo buffers, ByteBuffer[] sources, int offset, int count) {
        Objects.checkFromIndexSize(offset, count, sources.length);
        int end = offset + Math.min(count, NonBlockingIo.GATHER_MAX);
        long total = 0;
        for (; ; ) {
            long given = buffers.gather(sources, offset, end);
            if (given == 0) {
                return total;
            }
            long result = calls.writeGathered();
            Reference.reachabilityFence(sources);
            if (result < 0) {
                return total > 0 && result == -EAGAIN ? total : result;
            }
            BufferIo.advance(sources, offset, end, result);
            total += result;
            if (result < given) {
                return total;
            }
        }
    }
}
