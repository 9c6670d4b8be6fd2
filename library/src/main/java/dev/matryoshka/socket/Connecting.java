package dev.matryoshka.socket;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.kernel.Addresses;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.resolve.Lookup;
import dev.matryoshka.resolve.Resolver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The way from an address to a connection. Loop thread only, in tasks; it waits in the sending direction, because that is
 * where the end of a connect is told.
 *
 * <pre>
 *   name ── Lookup ──▶ address ── tryConnect ──▶ on the way ── WRITABLE ──▶ finishConnect ──▶ connected
 *                                                   │  ▲
 *                                         cancelled ▼  │ connect(same address)
 *                                             still on the way
 * </pre>
 */
final class Connecting {
    private final SocketCore core;

    /** Where to, as the caller said it, while a connect is on the way. */
    private @Nullable SocketAddress destination;

    Connecting(SocketCore core) {
        this.core = core;
    }

    void connect(SocketAddress remote, Resolver resolver) throws IOException, InterruptedException {
        core.enter(core.sending, "connect");
        if (core.state() == SocketState.CONNECTING) {
            resume(remote);
        } else {
            core.require(SocketState.OPEN, "connect");
            start(remote, resolver);
        }
    }

    private void start(SocketAddress remote, Resolver resolver) throws IOException, InterruptedException {
        SocketAddress target = resolved(remote, resolver);
        boolean connected;
        try {
            connected = core.socket.tryConnect(target);
            if (connected) {
                core.connected();
            } else {
                core.connecting();
            }
        } catch (IOException failed) {
            core.broken(failed);
            throw failed;
        }
        if (!connected) {
            destination = remote;
            Channel channel = core.channel(SocketState.CONNECTING, "connect");
            channel.noteConnecting();
            core.awaitWritable(channel);
            finish(channel);
        }
    }

    /** A connect was cancelled and went on without us: its end may be there already, so ask before waiting. */
    private void resume(SocketAddress remote) throws IOException, InterruptedException {
        if (!Addresses.isSame(remote, destination)) {
            throw new IllegalStateException("connect to " + remote + ": a connect to " + destination
                    + " was cancelled, but is still on the way; open another socket");
        }
        finish(core.channel(SocketState.CONNECTING, "connect"));
    }

    private void finish(Channel channel) throws IOException, InterruptedException {
        while (!finished()) {
            channel.noteConnecting(); // the event was spurious: wait for the next one
            core.awaitWritable(channel);
        }
        core.connected();
    }

    private boolean finished() throws IOException {
        try {
            return core.socket.finishConnect();
        } catch (IOException failed) {
            core.broken(failed);
            throw failed;
        }
    }

    // ---- names ----------------------------------------------------------------------------------------------------

    /** asyncio's _ensure_resolved: for Internet sockets only, with the socket's own family, the first address. */
    private SocketAddress resolved(SocketAddress remote, Resolver resolver) throws IOException, InterruptedException {
        if (!(remote instanceof InetSocketAddress internet)
                || !internet.isUnresolved()
                || core.family == StandardProtocolFamily.UNIX) {
            return remote;
        }
        String host = internet.getHostString();
        InetAddress address = HostAddresses.ofFamily(host, lookUp(host, resolver), core.family)
                .getFirst();
        core.require(SocketState.OPEN, "connect");
        return new InetSocketAddress(address, internet.getPort());
    }

    /** For bind, which cannot wait: literals only. */
    static SocketAddress withoutName(SocketAddress local) {
        if (!(local instanceof InetSocketAddress internet) || !internet.isUnresolved()) {
            return Objects.requireNonNull(local, "local");
        }
        InetAddress literal = HostAddresses.literal(internet.getHostString());
        if (literal == null) {
            throw new IllegalArgumentException("bind takes an address, not a name: " + local);
        }
        return new InetSocketAddress(literal, internet.getPort());
    }

    private List<InetAddress> lookUp(String host, Resolver resolver) throws IOException, InterruptedException {
        CompletableFuture<List<InetAddress>> lookup = Lookup.start(core.engine.face(), resolver, host);
        lookup.whenComplete((found, failure) -> core.sending.signal());
        try {
            while (!lookup.isDone()) {
                core.await(core.sending);
            }
        } finally {
            lookup.cancel(true); // no effect on one that is done
        }
        if (lookup.state() == Future.State.SUCCESS) {
            return lookup.resultNow();
        }
        Throwable failure = lookup.isCancelled() ? null : lookup.exceptionNow();
        if (failure instanceof IOException unknown) {
            throw unknown;
        }
        UnknownHostException failed = new UnknownHostException(host + ": the look-up failed");
        failed.initCause(failure);
        throw failed;
    }
}
