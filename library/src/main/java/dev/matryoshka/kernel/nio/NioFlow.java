package dev.matryoshka.kernel.nio;

import static dev.matryoshka.kernel.NonBlockingSocket.EOF;
import static dev.matryoshka.kernel.NonBlockingSocket.GATHER_MAX;
import static dev.matryoshka.kernel.NonBlockingSocket.WOULD_BLOCK;

import dev.matryoshka.kernel.ChannelFile;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileFailedException;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;

/**
 * The bytes of one connection, in both directions, or of one end of a pipe. Loop thread only.
 *
 * <p>A channel copies a heap buffer whole into direct memory, which it then keeps for its thread: a write of 100 MiB costs 100 MiB
 * outside the heap, and again for each call that moves a part. So heap buffers go in pieces of
 * {@value #HEAP_PIECE_BYTES} bytes, until one is not moved whole: a count below the room must mean drained, or full.
 */
final class NioFlow {
    static final int HEAP_PIECE_BYTES = 256 * 1024;

    private static final String A_PIPE = "a pipe";

    private final ReadableByteChannel in;
    private final GatheringByteChannel out;
    private final SystemCalls calls;

    /** An address, or another noun, for messages. */
    private final Object peer;

    private NioFlow(ReadableByteChannel in, GatheringByteChannel out, SystemCalls calls, Object peer) {
        this.in = in;
        this.out = out;
        this.calls = calls;
        this.peer = peer;
    }

    /** A connection. */
    static NioFlow of(SocketChannel channel, SystemCalls calls, SocketAddress peer) {
        return new NioFlow(channel, channel, calls, peer);
    }

    /** Only to be received from. */
    static NioFlow from(Pipe.SourceChannel source, SystemCalls calls) {
        return new NioFlow(source, Nowhere.SINK, calls, A_PIPE);
    }

    /** Only to be sent to. */
    static NioFlow to(Pipe.SinkChannel sink, SystemCalls calls) {
        return new NioFlow(Nowhere.SOURCE, sink, calls, A_PIPE);
    }

    /** The direction that a pipe's end does not have; the end asks for it never. */
    private static final class Nowhere {
        static final ReadableByteChannel SOURCE = Channels.newChannel(InputStream.nullInputStream());
        static final GatheringByteChannel SINK = new NoSink();
    }

    private static final class NoSink implements GatheringByteChannel {
        @Override
        public int write(ByteBuffer source) {
            throw new NonWritableChannelException();
        }

        @Override
        public long write(ByteBuffer[] sources) {
            throw new NonWritableChannelException();
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            throw new NonWritableChannelException();
        }

        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public void close() {}
    }

    /** The part of a chunk that a call is about. */
    static ByteBuffer window(Chunk chunk, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, chunk.capacity());
        if (length == 0) {
            throw new IllegalArgumentException("length: 0");
        }
        return chunk.bytes().limit(offset + length).position(offset);
    }

    /** One system call; position and limit say where. */
    int receiveOnce(ByteBuffer target) throws IOException {
        calls.recv++;
        try {
            int count = in.read(target);
            return count == 0 ? WOULD_BLOCK : count;
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.RECEIVE, peer);
        }
    }

    /** One system call; position and limit say where. */
    int sendOnce(ByteBuffer source) throws IOException {
        calls.send++;
        try {
            int count = out.write(source);
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
            long count = out.write(sources, from, to - from);
            return count == 0 ? WOULD_BLOCK : count;
        } catch (IOException failed) {
            throw NioError.translate(failed, NioError.Call.SEND, peer);
        }
    }

    /**
     * By {@link java.nio.channels.FileChannel#transferTo}, which is sendfile(2) where the system has it. The JDK does not say which
     * of the two has failed: what a connection never says is the file's.
     */
    long sendFile(FileSource source, long position, long count) throws IOException {
        if (count < 1 || position < 0) {
            throw new IllegalArgumentException(count + " bytes at " + position);
        }
        if (!(source instanceof ChannelFile file)) {
            throw new UnsupportedOperationException("not a file of this kernel: " + source);
        }
        calls.sendFile++;
        try {
            return file.transferTo(out, position, count);
        } catch (IOException failed) {
            NioError error = NioError.of(failed);
            boolean closedHere = failed instanceof ClosedChannelException && file.isOpen();
            if (closedHere || (error != null && error.isOfConnections())) {
                throw NioError.translate(failed, NioError.Call.SEND, peer);
            }
            throw new FileFailedException(failed);
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
}
