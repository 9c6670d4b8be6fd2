package dev.matryoshka.socket;

import static dev.matryoshka.kernel.NonBlockingSocket.EOF;
import static dev.matryoshka.kernel.NonBlockingSocket.WOULD_BLOCK;

import dev.matryoshka.engine.AcceptPace;
import dev.matryoshka.engine.Channel;
import dev.matryoshka.kernel.AcceptAbortedException;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What comes in: bytes of a connection, connections of a listener. Loop thread only, in tasks.
 *
 * <p>Every call is the same loop: take a turn, look, and wait only if there is nothing. Between the look and its answer no
 * other task can run, so a wait that is cancelled has taken nothing (bug B8 of asyncio cannot be written here).
 */
final class Receiver {
    /** Accepts of one share. */
    private static final int ACCEPTS_MAX = Direction.SHARE_BYTES / Direction.CALL_BYTES;

    private static final byte[] NOTHING = new byte[0];

    private final SocketCore core;
    private final Direction direction;
    private boolean shut;

    /** Of a listener, from its first connection on. */
    private @Nullable AcceptPace pace;

    /** A connection that broke stays broken: Linux tells it once and then says "end of stream", as after a clean end. */
    private @Nullable SocketException failure;

    Receiver(SocketCore core) {
        this.core = core;
        this.direction = core.receiving;
    }

    /** Counts as a call: a task that only looks, again and again, must not hold the loop. */
    void awaitReadable() throws IOException, InterruptedException {
        core.enter(direction, "awaitReadable");
        while (true) {
            core.takeTurn(direction);
            Channel channel = connection("awaitReadable");
            if (shut || channel.isReadable()) {
                direction.spend(0);
                return;
            }
            core.awaitReadable(channel);
        }
    }

    int recvInto(ByteBuffer target) throws IOException, InterruptedException {
        core.enter(direction, "recvInto");
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("recvInto: a read-only buffer");
        }
        while (true) {
            core.takeTurn(direction);
            Channel channel = connection("recvInto");
            if (shut) {
                return EOF;
            }
            if (!target.hasRemaining()) {
                return 0;
            }
            if (channel.isReadable()) {
                int count = recv(channel, target);
                if (count != WOULD_BLOCK) {
                    direction.spend(count);
                    return count;
                }
            }
            core.awaitReadable(channel);
        }
    }

    private int recv(Channel channel, ByteBuffer target) throws IOException {
        try {
            return channel.recv(target);
        } catch (SocketException broken) {
            failure = broken;
            throw broken;
        }
    }

    byte[] recv(int bytesMax) throws IOException, InterruptedException {
        core.enter(direction, "recv");
        if (bytesMax < 1) {
            throw new IllegalArgumentException("recv: at least 1 byte: " + bytesMax);
        }
        while (true) {
            core.takeTurn(direction);
            Channel channel = connection("recv");
            if (shut) {
                return NOTHING;
            }
            if (channel.isReadable()) {
                byte[] bytes = tryRecv(channel, bytesMax);
                if (bytes != null) {
                    direction.spend(bytes.length);
                    return bytes;
                }
            }
            core.awaitReadable(channel);
        }
    }

    /** Through a chunk, so that the array has the size of what came; null when nothing has. */
    private byte @Nullable [] tryRecv(Channel channel, int bytesMax) throws IOException {
        Chunk chunk = core.engine.chunks().take();
        try {
            int count = channel.recv(chunk, 0, Math.min(bytesMax, chunk.capacity()));
            if (count == WOULD_BLOCK) {
                return null;
            }
            if (count == EOF) {
                return NOTHING;
            }
            byte[] bytes = new byte[count];
            chunk.bytes().clear().get(0, bytes);
            return bytes;
        } catch (SocketException broken) {
            failure = broken;
            throw broken;
        } finally {
            core.engine.chunks().giveBack(chunk);
        }
    }

    private Channel connection(String method) throws IOException {
        Channel channel = core.channel(SocketState.CONNECTED, method);
        if (failure != null) {
            SocketException again = new SocketException(failure.getMessage());
            again.initCause(failure);
            throw again;
        }
        return channel;
    }

    SocketCore accept() throws IOException, InterruptedException {
        core.enter(direction, "accept");
        while (true) {
            core.takeTurn(direction);
            Channel channel = core.channel(SocketState.LISTENING, "accept");
            if (channel.isReadable()) {
                direction.spend(0);
                NonBlockingSocket accepted;
                try {
                    accepted = core.socket.tryAccept();
                } catch (AcceptAbortedException gone) {
                    continue; // that one died in the queue; the next may be well (bug B6)
                }
                if (accepted != null) {
                    if (!pace().tookOne() && pace().isRepeated()) {
                        channel.noteDrained(); // as far as we know; if not, the next poll tells
                    }
                    return connected(accepted);
                }
                pace().foundNone();
                channel.noteDrained();
            }
            core.awaitReadable(channel);
        }
    }

    private AcceptPace pace() {
        AcceptPace present = pace;
        if (present == null) {
            present = new AcceptPace(core.engine, ACCEPTS_MAX);
            pace = present;
        }
        return present;
    }

    private SocketCore connected(NonBlockingSocket accepted) throws IOException {
        SocketCore connection = new SocketCore(core.engine, core.family, accepted);
        try {
            connection.connected();
            return connection;
        } catch (IOException | RuntimeException failed) {
            connection.close();
            throw failed;
        }
    }

    /** What the peer sends from now on is not read; a task that waits gets its end of stream. */
    void shut() throws IOException {
        if (!shut) {
            core.socket.shutdownInput();
            shut = true;
            direction.signal();
        }
    }
}
