package dev.matryoshka.transport;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChunkTarget;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The receiving direction of one transport: takes what has arrived and hands it to the protocol, in the way of its kind. Loop
 * thread only.
 *
 * <p>A {@link Protocol} is lent a view of the loop's one receive chunk; a {@link BufferedProtocol} gives the memory itself.
 * What a protocol throws here is fatal to its connection, with asyncio's words for which call failed.
 */
final class Receiver {
    private final StreamTransport transport;
    private final Channel channel;
    private final Chunk chunk;
    private ReadState state = ReadState.READING;

    /** One of the two is set, so that no type is asked per message. */
    private @Nullable Protocol plain;

    private @Nullable BufferedProtocol buffered;

    /** Set with {@link #buffered} when that is one of ours. */
    private @Nullable ChunkTarget chunked;

    /** Nothing is received for now, whatever the protocol wishes. */
    private boolean held;

    /** Inside a receiving callback: what it writes is sent when it returns. */
    private boolean inCallback;

    private long bytesIn;

    Receiver(StreamTransport transport, Channel channel, Chunk chunk, BaseProtocol protocol) {
        this.transport = transport;
        this.channel = channel;
        this.chunk = chunk;
        setProtocol(protocol);
    }

    /** Who is both kinds is taken for the buffered one, as in asyncio. */
    void setProtocol(BaseProtocol protocol) {
        Objects.requireNonNull(protocol, "protocol");
        buffered = protocol instanceof BufferedProtocol b ? b : null;
        chunked = protocol instanceof ChunkTarget target ? target : null;
        plain = buffered == null && protocol instanceof Protocol p ? p : null;
    }

    BaseProtocol protocol() {
        if (plain != null) {
            return plain;
        }
        if (buffered != null) {
            return buffered;
        }
        throw new IllegalStateException("no protocol");
    }

    ReadState state() {
        return state;
    }

    boolean isReading() {
        return state == ReadState.READING && !held;
    }

    /** The loop's, which is lent to callbacks. */
    Chunk chunk() {
        return chunk;
    }

    boolean isInCallback() {
        return inCallback;
    }

    long bytesIn() {
        return bytesIn;
    }

    /** The connection is made: what is there may come, unless the protocol has paused already. */
    void start() {
        if (isReading()) {
            channel.wantRead(true);
        }
    }

    void pause() {
        if (state == ReadState.READING) {
            state = ReadState.PAUSED;
            channel.wantRead(false);
        }
    }

    void resume() {
        if (state == ReadState.PAUSED) {
            state = ReadState.READING;
            channel.wantRead(!held);
        }
    }

    /** Stops receiving, or lets the protocol's own wish count again. */
    void hold(boolean on) {
        held = on;
        if (state == ReadState.READING && !transport.isClosing()) {
            channel.wantRead(!on);
        }
    }

    // ---- one bite -------------------------------------------------------------------------------------------------

    /** One receive and its callback, or the end of the stream and its callback. */
    void receive() {
        if (!isReading()) {
            channel.wantRead(false);
            return;
        }
        inCallback = true;
        try {
            int count = plain != null ? receive(plain) : buffered != null ? receive(buffered) : 0;
            if (count == NonBlockingSocket.EOF) {
                end();
            }
        } finally {
            inCallback = false;
        }
    }

    private int receive(Protocol protocol) {
        int count;
        try {
            count = channel.recv(chunk, 0, chunk.capacity());
        } catch (Throwable broken) {
            return failed(transport.readError(), broken);
        }
        if (count > 0) {
            bytesIn += count;
            try {
                protocol.dataReceived(chunk.lend(0, count));
            } catch (Throwable escaped) {
                return failed("Fatal error: protocol.dataReceived() call failed.", escaped);
            }
        }
        return count;
    }

    private int receive(BufferedProtocol protocol) {
        ByteBuffer target;
        try {
            target = checked(chunked != null ? chunked.bufferToFill() : protocol.getBuffer(-1));
        } catch (Throwable escaped) {
            return failed("Fatal error: protocol.getBuffer() call failed.", escaped);
        }
        if (!transport.isReading()) {
            return NonBlockingSocket.WOULD_BLOCK; // getBuffer has paused or ended it: nothing may come any more
        }
        int count;
        try {
            count = receiveInto(target);
        } catch (Throwable broken) { // also a buffer that is not what it says: no event would tell of these bytes again
            return failed(transport.readError(), broken);
        }
        if (count <= 0) {
            if (chunked != null) {
                chunked.nothingCame();
            }
        } else {
            bytesIn += count;
            try {
                protocol.bufferUpdated(count);
            } catch (Throwable escaped) {
                return failed("Fatal error: protocol.bufferUpdated() call failed.", escaped);
            }
        }
        return count;
    }

    private int receiveInto(ByteBuffer target) throws IOException {
        Chunk into = chunked == null ? null : chunked.chunkToFill();
        return into == null ? channel.recv(target) : channel.recv(into, target.position(), target.remaining());
    }

    private static ByteBuffer checked(ByteBuffer target) {
        if (!target.hasRemaining()) {
            throw new IllegalStateException("getBuffer() returned an empty buffer");
        }
        if (target.isReadOnly()) {
            throw new IllegalStateException("getBuffer() returned a read-only buffer");
        }
        return target;
    }

    /** The peer has ended its direction; without a wish to keep the own one open, that is the end of both. */
    private void end() {
        state = ReadState.EOF;
        channel.wantRead(false);
        boolean keepOpen;
        try {
            keepOpen = plain != null ? plain.eofReceived() : buffered != null && buffered.eofReceived();
        } catch (Throwable escaped) {
            failed("Fatal error: protocol.eofReceived() call failed.", escaped);
            return;
        }
        if (!keepOpen || transport.endsWithInput()) {
            transport.close();
        }
    }

    private int failed(String message, Throwable cause) {
        transport.fatal(message, cause);
        return NonBlockingSocket.WOULD_BLOCK;
    }
}
