package dev.matryoshka.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The <em>try face</em> for bytes in order: a connected stream socket, or one end of a pipe. Loop thread only.
 *
 * <p>An end that goes one way only throws {@link java.nio.channels.NonReadableChannelException} or
 * {@link java.nio.channels.NonWritableChannelException} for the other.
 *
 * <p>Errors come as {@link IOException} (of sockets {@link java.net.SocketException}) whose message names the errno and,
 * where one is known, the address.
 */
public interface NonBlockingIo extends Watchable {
    /** Answer of a receive: the peer has ended its direction; it will be answered again each time. */
    int EOF = -1;

    /** Buffers per gathering call: IOV_MAX of Linux, sysconf(_SC_IOV_MAX). */
    int GATHER_MAX = 1024;

    /**
     * Whether a receive of fewer bytes than there was room for means drained, as long as neither a hang-up nor urgent data was
     * reported. Not so for a terminal, whose end (^D) may come together with bytes and makes no event of its own, nor for a socket
     * that is read as a pipe, where a receive may stop behind descriptors: there only {@link #WOULD_BLOCK} does.
     */
    default boolean isDrainedByShort() {
        return true;
    }

    /**
     * After a hang-up or an error was reported, for an end that is only written: whether nobody is left who could receive. False when
     * the other side has only ended its own direction, which a socket reports alike.
     */
    default boolean isReaderGone() {
        return true;
    }

    /**
     * Receives into a chunk.
     *
     * @param length at least 1
     * @return 1 to length, {@link #EOF} or {@link #WOULD_BLOCK}
     */
    int tryRecv(Chunk target, int offset, int length) throws IOException;

    /**
     * Receives into any writable buffer, advancing its position; heap buffers cost a copy.
     *
     * @return the count, 0 only when the target has no room, {@link #EOF} or {@link #WOULD_BLOCK}
     */
    int tryRecv(ByteBuffer target) throws IOException;

    /**
     * Sends from a chunk.
     *
     * @param length at least 1
     * @return 1 to length, or {@link #WOULD_BLOCK}
     */
    int trySend(Chunk source, int offset, int length) throws IOException;

    /**
     * Sends from any buffer, advancing its position by what was taken; heap buffers cost a copy.
     *
     * @return the count (0 only for an empty source) or {@link #WOULD_BLOCK}
     */
    int trySend(ByteBuffer source) throws IOException;

    /**
     * Gathering send in one system call, advancing the positions. Takes at most {@link #GATHER_MAX} buffers per call: fewer
     * bytes than given may just mean that.
     *
     * @return the count (0 only when all are empty) or {@link #WOULD_BLOCK}
     */
    long trySend(ByteBuffer[] sources, int offset, int count) throws IOException;

    /**
     * Sends bytes of a file without bringing them into the program's memory, sendfile(2). Never waits for the peer, but for
     * the disk it may: Linux has no other way.
     *
     * <p>A short count says nothing, because the file may have ended just there: go on until WOULD_BLOCK.
     *
     * @param position from the beginning of the file, in bytes
     * @param count at least 1
     * @return 1 to count, {@link #EOF} where the file has no byte, or {@link #WOULD_BLOCK}
     * @throws UnsupportedOperationException this kernel cannot send this file, and nothing was sent: read it and send that
     * @throws FileFailedException the file could not be read; every other IOException says that the connection broke
     */
    long trySendFile(FileSource file, long position, long count) throws IOException;
}
