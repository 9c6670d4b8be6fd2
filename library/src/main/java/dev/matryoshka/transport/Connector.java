package dev.matryoshka.transport;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tries addresses one after another until one connects. Loop thread only; never parks. The future completes with a
 * connected socket that nobody watches, or with the first failure and the later ones suppressed onto it. Cancelling the
 * future closes what is on the way, at once: nothing of it is left to be mistaken for the next owner of its number (bug B9
 * of asyncio).
 */
final class Connector implements ChannelListener {
    private final LoopEngine engine;
    private final @Nullable InetSocketAddress local;
    private final CompletableFuture<NonBlockingSocket> result = new CompletableFuture<>();
    private final Iterator<InetSocketAddress> remaining;
    private @Nullable Channel attempt;

    /** Of the attempt. */
    private @Nullable NonBlockingSocket connecting;

    private @Nullable IOException failure;

    private Connector(LoopEngine engine, List<InetSocketAddress> addresses, @Nullable InetSocketAddress local) {
        this.engine = engine;
        this.remaining = addresses.iterator();
        this.local = local;
    }

    /** Starts with the first address; each is resolved. */
    static CompletableFuture<NonBlockingSocket> connect(
            LoopEngine engine, List<InetSocketAddress> addresses, @Nullable InetSocketAddress local) {
        Connector connector = new Connector(engine, addresses, local);
        connector.result.whenComplete((socket, failed) -> {
            if (connector.result.isCancelled()) {
                connector.drop();
            }
        });
        connector.next();
        return connector.result;
    }

    private void next() {
        while (remaining.hasNext() && !result.isDone()) {
            InetSocketAddress remote = remaining.next();
            if (local != null && family(local) != family(remote)) {
                continue;
            }
            if (start(remote)) {
                return;
            }
        }
        if (!result.isDone()) {
            result.completeExceptionally(failure != null ? failure : noLocalAddress());
        }
    }

    private IOException noLocalAddress() {
        return local == null
                ? new IOException("no address to connect to")
                : new IOException("no remote address of the family of " + local + " found");
    }

    /** True when the attempt is under way or has succeeded; false when it has failed. */
    private boolean start(InetSocketAddress remote) {
        NonBlockingSocket socket = null;
        try {
            socket = engine.kernel().openStream(family(remote));
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (local != null) {
                socket.bind(local);
            }
            if (socket.tryConnect(remote)) {
                result.complete(socket);
                return true;
            }
            Channel channel = engine.watch(socket, this);
            attempt = channel;
            connecting = socket;
            channel.noteConnecting();
            return true;
        } catch (IOException | UnsupportedOperationException failed) {
            note(failed instanceof IOException broken ? broken : new IOException("connect to " + remote, failed));
            if (socket != null) {
                socket.close();
            }
            return false;
        }
    }

    @Override
    public void onWritable() {
        Channel channel = attempt;
        NonBlockingSocket socket = connecting;
        if (channel == null || socket == null) {
            return;
        }
        try {
            if (!socket.finishConnect()) {
                channel.noteConnecting();
                return;
            }
        } catch (IOException failed) {
            note(failed);
            drop();
            next();
            return;
        }
        attempt = null;
        channel.detach();
        if (!result.complete(socket)) {
            socket.close();
        }
    }

    private void note(IOException failed) {
        if (failure == null) {
            failure = failed;
        } else {
            failure.addSuppressed(failed);
        }
    }

    private void drop() {
        if (attempt != null) {
            attempt.close();
            attempt = null;
        }
    }

    @Override
    public boolean onReadable() {
        return false;
    }

    @Override
    public void onHangup() {
        onWritable();
    }

    @Override
    public void onLoopClosing() {
        drop();
        result.completeExceptionally(new ClosedChannelException());
    }

    private static StandardProtocolFamily family(InetSocketAddress address) {
        return address.getAddress() instanceof Inet6Address
                ? StandardProtocolFamily.INET6
                : StandardProtocolFamily.INET;
    }
}
