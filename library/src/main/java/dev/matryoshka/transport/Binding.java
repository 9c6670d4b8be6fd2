package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.resolve.Lookup;
import dev.matryoshka.resolve.SystemResolver;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.BindException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Opens and binds the listening sockets of one server. Loop thread only.
 *
 * <p>What this host does not have is skipped, as in asyncio: a family without sockets, or an address that is not ours (IPv6
 * switched off leaves {@code ::} behind). If nothing remains, the first of these failures is thrown. An address that is in
 * use or forbidden is never skipped: half a server would be a surprise.
 */
final class Binding {
    private final LoopEngine engine;
    private final ServerOptions options;
    private final SocketServer server;
    private @Nullable IOException skipped;
    private int bound;

    Binding(LoopEngine engine, ServerOptions options, SocketServer server) {
        this.engine = engine;
        this.options = options;
        this.server = server;
    }

    /** Every interface of both families: one listener where IPv6 takes IPv4 along, else two. */
    void bindWildcards(int port) throws IOException {
        bind(new InetSocketAddress(InetAddress.ofLiteral("::"), port));
        if (bound == 0 || !engine.kernel().isAlwaysDualStack()) {
            bind(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), port));
        }
        requireAny();
    }

    /** Each address of a host; the same one twice is bound once. Parks, or before the loop runs blocks, for a name. */
    void bindHost(String host, int port) throws IOException {
        for (InetAddress address : lookUp(host).stream().distinct().toList()) {
            bind(new InetSocketAddress(address, port));
        }
        requireAny();
    }

    private List<InetAddress> lookUp(String host) throws IOException {
        InetAddress literal = HostAddresses.literal(host);
        if (literal != null) {
            return List.of(literal);
        }
        CompletableFuture<List<InetAddress>> lookup;
        if (engine.isRunning()) {
            engine.members().requireTask("looking up '" + host + "'");
            lookup = Lookup.start(engine.face(), SystemResolver.shared(), host);
        } else {
            lookup = SystemResolver.shared().resolve(host);
        }
        try {
            return lookup.get();
        } catch (InterruptedException cancelled) {
            lookup.cancel(true);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("cancelled while looking up '" + host + "'");
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof IOException unknown) {
                throw unknown;
            }
            throw new IOException("cannot look up '" + host + "'", failed.getCause());
        }
    }

    private void requireAny() throws IOException {
        if (bound == 0) {
            throw skipped != null ? skipped : new BindException("no address to bind to");
        }
    }

    private void bind(InetSocketAddress address) throws IOException {
        boolean inet6 = address.getAddress() instanceof Inet6Address;
        NonBlockingSocket socket;
        try {
            socket = engine.kernel().openStream(inet6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
        } catch (UnsupportedOperationException | SocketException noSuchFamily) {
            BindException failure = new BindException("no socket for " + address + ": " + noSuchFamily.getMessage());
            failure.initCause(noSuchFamily);
            skip(failure);
            return;
        }
        try {
            prepare(socket, inet6);
            socket.bind(address);
            server.add(socket);
            bound++;
        } catch (IOException | RuntimeException failed) {
            socket.close();
            if (!isNotOurs(failed)) {
                throw failed;
            }
            skip((BindException) failed);
        }
    }

    private void prepare(NonBlockingSocket socket, boolean inet6) throws IOException {
        socket.setOption(StandardSocketOptions.SO_REUSEADDR, options.sockets().reuseAddress());
        if (options.sockets().reusePort()) {
            socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        }
        if (options.sockets().keepAlive()) {
            socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        }
        if (inet6) {
            socket.setIpv6Only(true);
        }
    }

    /** Of the errors of bind(2) only this one says that the address is another host's; kernels name it in the message. */
    private static boolean isNotOurs(Exception failure) {
        return failure instanceof BindException
                && String.valueOf(failure.getMessage()).contains("EADDRNOTAVAIL");
    }

    private void skip(IOException failure) {
        if (skipped == null) {
            skipped = failure;
        } else {
            skipped.addSuppressed(failure);
        }
    }
}
