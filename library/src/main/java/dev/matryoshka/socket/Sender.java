package dev.matryoshka.socket;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.file.SendFileOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * What goes out. Loop thread only, in tasks. The position of a buffer always tells what the kernel has taken, also when a call
 * ends by an exception.
 */
final class Sender {
    private final SocketCore core;
    private final Direction direction;

    Sender(SocketCore core) {
        this.core = core;
        this.direction = core.sending;
    }

    int send(ByteBuffer source) throws IOException, InterruptedException {
        begin("send");
        return source.hasRemaining() ? sendSome(source, "send") : 0;
    }

    void sendAll(ByteBuffer source) throws IOException, InterruptedException {
        begin("sendAll");
        while (source.hasRemaining()) {
            sendSome(source, "sendAll");
        }
    }

    void sendAll(ByteBuffer[] sources) throws IOException, InterruptedException {
        begin("sendAll");
        int first = firstRemaining(sources, 0);
        while (first < sources.length) {
            Channel channel = awaitTurn("sendAll");
            long count = channel.send(sources, first, sources.length - first);
            if (count > 0) {
                direction.spend(count);
                first = firstRemaining(sources, first);
            }
        }
    }

    long sendFile(Path path, SendFileOptions options) throws IOException, InterruptedException {
        begin("sendFile");
        direction.hold();
        try {
            return new FileSending(core, this, options).send(path);
        } finally {
            direction.letGo();
        }
    }

    long sendFile(FileChannel channel, SendFileOptions options) throws IOException, InterruptedException {
        begin("sendFile");
        direction.hold();
        try {
            return new FileSending(core, this, options).send(channel);
        } finally {
            direction.letGo();
        }
    }

    /** So many bytes of this pass's share were sent; 0 says only that there was no room. */
    void spent(long count) {
        if (count > 0) {
            direction.spend(count);
        }
    }

    private static int firstRemaining(ByteBuffer[] sources, int from) {
        int first = from;
        while (first < sources.length && !sources[first].hasRemaining()) {
            first++;
        }
        return first;
    }

    private void begin(String method) throws IOException {
        core.enter(direction, method);
        core.require(SocketState.CONNECTED, method);
        if (core.isOutputShut()) {
            throw new ClosedChannelException();
        }
    }

    /** At least one byte. */
    private int sendSome(ByteBuffer source, String method) throws IOException, InterruptedException {
        while (true) {
            int count = awaitTurn(method).send(source);
            if (count > 0) {
                direction.spend(count);
                return count;
            }
        }
    }

    /** Parks until the channel is writable, as far as is known; a send may still find that it is not. */
    Channel awaitTurn(String method) throws IOException, InterruptedException {
        while (true) {
            core.takeTurn(direction);
            Channel channel = core.channel(SocketState.CONNECTED, method);
            if (core.isOutputShut()) {
                throw new AsynchronousCloseException();
            }
            if (channel.isWritable()) {
                return channel;
            }
            core.awaitWritable(channel);
        }
    }
}
