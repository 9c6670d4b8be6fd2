package dev.matryoshka.transport;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes what has arrived for one transport and hands it to the protocol, in the way of its kind. Loop thread only.
 *
 * <p>A {@link Protocol} is lent a view of the loop's one receive chunk; a {@link BufferedProtocol} gives the memory itself.
 * What a protocol throws here is fatal to its connection, with asyncio's words for which call failed.
 */
final class Receiver {
    private final SocketTransport transport;
    private final Channel channel;
    private final Chunk chunk;

    /** One of the two is set, so that no type is asked per message. */
    private @Nullable Protocol plain;

    private @Nullable BufferedProtocol buffered;
    private long bytesIn;

    Receiver(SocketTransport transport, Channel channel, Chunk chunk, BaseProtocol protocol) {
        this.transport = transport;
        this.channel = channel;
        this.chunk = chunk;
        setProtocol(protocol);
    }

    void setProtocol(BaseProtocol protocol) {
        plain = protocol instanceof Protocol p ? p : null;
        buffered = protocol instanceof BufferedProtocol b ? b : null;
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

    long bytesIn() {
        return bytesIn;
    }

    /** One receive and its callback; what the receive answered, or WOULD_BLOCK after a failure. */
    int receive() {
        if (plain != null) {
            return receive(plain);
        }
        return buffered != null ? receive(buffered) : NonBlockingSocket.WOULD_BLOCK;
    }

    private int receive(Protocol protocol) {
        int count;
        try {
            count = channel.recv(chunk, 0, chunk.capacity());
        } catch (IOException broken) {
            return failed("Fatal read error on socket transport", broken);
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
            target = protocol.getBuffer(-1);
            if (!target.hasRemaining()) {
                throw new IllegalStateException("getBuffer() returned an empty buffer");
            }
        } catch (Throwable escaped) {
            return failed("Fatal error: protocol.getBuffer() call failed.", escaped);
        }
        int count;
        try {
            count = channel.recv(target);
        } catch (IOException broken) {
            return failed("Fatal read error on socket transport", broken);
        }
        if (count > 0) {
            bytesIn += count;
            try {
                protocol.bufferUpdated(count);
            } catch (Throwable escaped) {
                return failed("Fatal error: protocol.bufferUpdated() call failed.", escaped);
            }
        }
        return count;
    }

    private int failed(String message, Throwable cause) {
        transport.fatal(message, cause);
        return NonBlockingSocket.WOULD_BLOCK;
    }

    boolean eofReceived() {
        return plain != null ? plain.eofReceived() : buffered != null && buffered.eofReceived();
    }
}
