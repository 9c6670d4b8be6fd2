package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.resolve.HostAddresses;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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

    /** A listener on the IPv6 wildcard takes IPv4 along, whatever it was told. */
    private boolean tookIpv4Along;

    Binding(LoopEngine engine, ServerOptions options, SocketServer server) {
        this.engine = engine;
        this.options = options;
        this.server = server;
    }

    /**
     * Each address of each host, in their order, an address once; an empty host is every interface of both families. Parks, or
     * before the loop runs blocks, for a name.
     *
     * @param port 0 for one of the system's choice, another one for each address
     */
    void bindHosts(List<String> hosts, int port) throws IOException {
        List<InetSocketAddress> targets = new ArrayList<>();
        for (InetAddress address :
                new HostLookup(engine, hosts).addresses(options.sockets().family())) {
            targets.add(new InetSocketAddress(address, port));
        }
        bindAll(targets);
    }

    /** Each of these, which are resolved. */
    void bindAll(Collection<? extends SocketAddress> addresses) throws IOException {
        for (SocketAddress address : addresses) {
            bind((InetSocketAddress) address);
        }
        if (bound == 0) {
            throw skipped != null ? skipped : new BindException("no address to bind to");
        }
    }

    private void bind(InetSocketAddress address) throws IOException {
        StandardProtocolFamily family = HostAddresses.family(address.getAddress());
        boolean everywhere = address.getAddress().isAnyLocalAddress();
        if (tookIpv4Along && everywhere) {
            return;
        }
        NonBlockingSocket socket;
        try {
            socket = engine.kernel().openStream(family);
        } catch (UnsupportedOperationException | SocketException noSuchFamily) {
            BindException failure = new BindException("no socket for " + address + ": " + noSuchFamily.getMessage());
            failure.initCause(noSuchFamily);
            skip(failure);
            return;
        }
        try {
            prepare(socket, family);
            socket.bind(address);
            server.add(socket, null);
        } catch (IOException | RuntimeException failed) {
            socket.close();
            if (!isNotOurs(failed)) {
                throw failed;
            }
            skip((BindException) failed);
            return;
        }
        bound++;
        tookIpv4Along |= everywhere
                && family == StandardProtocolFamily.INET6
                && engine.kernel().isAlwaysDualStack();
    }

    private void prepare(NonBlockingSocket socket, StandardProtocolFamily family) throws IOException {
        ServerOptions.Sockets wanted = options.sockets();
        socket.setOption(StandardSocketOptions.SO_REUSEADDR, wanted.reuseAddress());
        if (wanted.reusePort()) {
            socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        }
        if (wanted.keepAlive()) {
            socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        }
        if (family == StandardProtocolFamily.INET6) {
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
