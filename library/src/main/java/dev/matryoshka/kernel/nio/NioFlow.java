package dev.matryoshka.kernel.nio;

import static dev.matryoshka.kernel.NonBlockingSocket.EOF;
import static dev.matryoshka.kernel.NonBlockingSocket.GATHER_MAX;
import static dev.matryoshka.kernel.NonBlockingSocket.WOULD_BLOCK;

import dev.matryoshka.kernel.ChannelFile;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Objects;

/**
 * The bytes of one connection, in both directions. Loop thread only.
 *
 * <p>A channel copies a heap buffer whole into direct memory, which it then keeps for its thread: a write of 100 MiB costs 100 MiB
 * outside the heap, and again for each call that moves a part. So heap buffers go in pieces of
 * {@value #HEAP_PIECE_BYTES} bytes, until one is not moved whole: a count below the room must mean drained, or full.
 */
final class NioFlow {
    static final int HEAP_PIECE_BYTES = 256 * 1024;

    private final SocketChannel channel;
    private final SystemCalls calls;
    private final SocketAddress peer;

    NioFlow(SocketChannel channel, SystemCalls calls, SocketAddress peer) {
        this.channel = channel;
        this.calls = calls;
        this.peer = peer;
    }

    /** One system call; position and limit say where. */
    int receiveOnce(ByteBuffer target) throws IOException {
        calls.recv++;
        try {
            int count = channel.read(target);
            return count == 0 ? WOULD_BLOCK : count;
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.RECEIVE, peer);
        }
    }

    /** One system call; position and limit say where. */
    int sendOnce(ByteBuffer source) throws IOException {
        calls.send++;
        try {
            int count = channel.write(source);
            return count == 0 ? WOULD_BLOCK : count;
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.SEND, peer);
        }
    }

    /** @param target writable, with room */
    int receive(ByteBuffer target) throws IOException {
        if (target.isDirect()) {
            return receiveOnce(target);
        }
        int limit = target.limit();
        int total = 0;
        try {
            while (target.position() < limit) {
                int piece = Math.min(limit - target.position(), HEAP_PIECE_BYTES);
                target.limit(target.position() + piece);
                int count = total == 0 ? receiveOnce(target) : receiveMore(target);
                if (count <= 0) {
                    return total == 0 ? count : total;
                }
                total += count;
                if (count < piece) {
                    break;
                }
            }
            return total;
        } finally {
            target.limit(limit);
        }
    }

    /** After some bytes: an end or an error waits for the next call, where the channel will answer it again. */
    private int receiveMore(ByteBuffer target) {
        try {
            return receiveOnce(target);
        } catch (IOException told) {
            return EOF;
        }
    }

    /** @param source not empty */
    int send(ByteBuffer source) throws IOException {
        if (source.isDirect()) {
            return sendOnce(source);
        }
        int limit = source.limit();
        int total = 0;
        try {
            while (source.position() < limit) {
                int piece = Math.min(limit - source.position(), HEAP_PIECE_BYTES);
                source.limit(source.position() + piece);
                int count = sendOnce(source);
                if (count == WOULD_BLOCK) {
                    return total == 0 ? WOULD_BLOCK : total;
                }
                total += count;
                if (count < piece) {
                    break;
                }
            }
            return total;
        } finally {
            source.limit(limit);
        }
    }

    /** One system call, but for heap buffers of more bytes than a piece. */
    long send(ByteBuffer[] sources, int offset, int count) throws IOException {
        Objects.checkFromIndexSize(offset, count, sources.length);
        int end = offset + Math.min(count, GATHER_MAX);
        long total = 0;
        for (int from = offset; from < end; ) {
            int to = endOfBatch(sources, from, end);
            long given = remaining(sources, from, to);
            if (given > 0) {
                long sent = to - from == 1 ? send(sources[from]) : gatherOnce(sources, from, to);
                if (sent == WOULD_BLOCK) {
                    return total == 0 ? WOULD_BLOCK : total;
                }
                total += sent;
                if (sent < given) {
                    return total;
                }
            }
            from = to;
        }
        return total;
    }

    private long gatherOnce(ByteBuffer[] sources, int from, int to) throws IOException {
        calls.sendGather++;
        try {
            long count = channel.write(sources, from, to - from);
            return count == 0 ? WOULD_BLOCK : count;
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.SEND, peer);
        }
    }

    /**
     * By {@link java.nio.channels.FileChannel#transferTo}, which is sendfile(2) where the system has it. Of what can break a file
     * only two things can be told from a broken connection: it was closed, and EIO, which no socket answers.
     */
    long sendFile(ChannelFile file, long position, long count) throws IOException {
        calls.sendFile++;
        try {
            return file.transferTo(channel, position, count);
        } catch (IOException failed) {
            if (!file.isOpen() || String.valueOf(failed.getMessage()).contains("Input/output error")) {
                throw failed;
            }
            throw NioError.translate(failed, NioError.Call.SEND, peer);
        }
    }

    /** As many buffers as need no more than a piece of copies; at least one. */
    private static int endOfBatch(ByteBuffer[] sources, int from, int end) {
        long copied = 0;
        for (int i = from; i < end; i++) {
            copied += sources[i].isDirect() ? 0 : sources[i].remaining();
            if (copied > HEAP_PIECE_BYTES && i > from) {
                return i;
            }
        }
        return end;
    }

    private static long remaining(ByteBuffer[] sources, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += sources[i].remaining();
        }
        return sum;
    }

    void shutdownOutput() throws IOException {
        try {
            SocketChannel ignored = channel.shutdownOutput();
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.SHUTDOWN, peer);
        }
    }

    void shutdownInput() throws IOException {
        try {
            SocketChannel ignored = channel.shutdownInput();
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.SHUTDOWN, peer);
        }
    }
}
