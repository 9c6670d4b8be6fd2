package dev.matryoshka.transport;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Steps;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.resolve.HostAddresses;
import dev.matryoshka.resolve.Lookup;
import dev.matryoshka.resolve.Resolvers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One {@code createDatagramEndpoint} on its way. Loop thread only, but for what the caller does with the future.
 *
 * <pre>
 *   local  ── Lookup ──┐
 *                      ├──▶ pairs of one family ──▶ the first that opens, binds, connects ──▶ DatagramEndpoint
 *   remote ── Lookup ──┘
 * </pre>
 */
final class DatagramOpening<P extends DatagramProtocol> {
    /** What one socket is opened for. */
    private record Pair(
            StandardProtocolFamily family,
            @Nullable SocketAddress local,
            @Nullable SocketAddress remote) {}

    private final LoopEngine engine;
    private final Supplier<P> factory;
    private final DatagramOptions options;
    private final Steps<DatagramEndpoint<P>> steps;

    DatagramOpening(LoopEngine engine, Supplier<P> factory, DatagramOptions options) {
        this.engine = engine;
        this.factory = Objects.requireNonNull(factory, "factory");
        this.options = Objects.requireNonNull(options, "options");
        this.steps = new Steps<>(engine);
    }

    // ---- addresses ------------------------------------------------------------------------------------------------

    /** @throws IllegalArgumentException as {@link DatagramEndpoints#create} */
    CompletableFuture<DatagramEndpoint<P>> start() {
        SocketAddress local = options.ends().local();
        SocketAddress remote = options.ends().remote();
        StandardProtocolFamily family = options.ends().family();
        if (local == null && remote == null) {
            if (family == null) {
                throw new IllegalArgumentException(
                        "unexpected address family: neither an address nor a family is given");
            }
            open(List.of(new Pair(family, null, null)));
        } else if (isUnix(local) || isUnix(remote) || family == StandardProtocolFamily.UNIX) {
            checkKind(local, true);
            checkKind(remote, true);
            checkFamily(family, StandardProtocolFamily.UNIX);
            open(List.of(new Pair(StandardProtocolFamily.UNIX, local, remote)));
        } else {
            checkKind(local, false);
            checkKind(remote, false);
            steps.follow(lookUp(local), locals -> steps.follow(lookUp(remote), remotes -> join(locals, remotes)));
        }
        return steps.whole();
    }

    private static boolean isUnix(@Nullable SocketAddress address) {
        return address instanceof UnixDomainSocketAddress || address instanceof AbstractUnixAddress;
    }

    private static void checkKind(@Nullable SocketAddress address, boolean unix) {
        if (address != null && (unix ? !isUnix(address) : !(address instanceof InetSocketAddress))) {
            throw new IllegalArgumentException(
                    "not an address of the " + (unix ? "Unix domain" : "Internet") + ": " + address);
        }
    }

    private static void checkFamily(@Nullable StandardProtocolFamily given, StandardProtocolFamily needed) {
        if (given != null && given != needed) {
            throw new IllegalArgumentException("a " + needed + " address for family " + given);
        }
    }

    /** Empty for no address. */
    private CompletableFuture<List<InetSocketAddress>> lookUp(@Nullable SocketAddress address) {
        if (!(address instanceof InetSocketAddress internet)) {
            return CompletableFuture.completedFuture(List.of());
        }
        if (!internet.isUnresolved()) {
            return CompletableFuture.completedFuture(List.of(internet));
        }
        String host = internet.getHostString();
        CompletableFuture<List<InetAddress>> lookup = Lookup.start(engine.face(), Resolvers.of(engine.face()), host);
        CompletableFuture<List<InetSocketAddress>> found =
                lookup.thenApply(addresses -> HostAddresses.withPort(addresses, internet.getPort()));
        found.whenComplete((answer, failure) -> lookup.cancel(true));
        return found;
    }

    private void join(List<InetSocketAddress> locals, List<InetSocketAddress> remotes) {
        Map<StandardProtocolFamily, InetSocketAddress> localByFamily = firstOfEach(locals);
        Map<StandardProtocolFamily, InetSocketAddress> remoteByFamily = firstOfEach(remotes);
        List<Pair> pairs = new ArrayList<>();
        for (StandardProtocolFamily family : (locals.isEmpty() ? remoteByFamily : localByFamily).keySet()) {
            StandardProtocolFamily only = options.ends().family();
            boolean both = locals.isEmpty() || remotes.isEmpty() || remoteByFamily.containsKey(family);
            if (both && (only == null || only == family)) {
                pairs.add(new Pair(family, localByFamily.get(family), remoteByFamily.get(family)));
            }
        }
        if (pairs.isEmpty()) {
            throw new IllegalArgumentException("can not get address information: no family that " + locals + " and "
                    + remotes + " have in common" + (options.ends().family() == null ? "" : " with the options"));
        }
        open(pairs);
    }

    private static Map<StandardProtocolFamily, InetSocketAddress> firstOfEach(List<InetSocketAddress> addresses) {
        Map<StandardProtocolFamily, InetSocketAddress> first = new LinkedHashMap<>();
        for (InetSocketAddress address : addresses) {
            first.putIfAbsent(HostAddresses.family(address.getAddress()), address);
        }
        return first;
    }

    // ---- sockets --------------------------------------------------------------------------------------------------

    /** The first pair that works; if none does, the first failure with the others suppressed onto it. */
    private void open(List<Pair> pairs) {
        IOException failure = null;
        for (Pair pair : pairs) {
            if (steps.isDone()) {
                return;
            }
            try {
                begin(socket(pair), pair.remote);
                return;
            } catch (IOException failed) {
                failure = Failures.join(failure, failed);
            } catch (RuntimeException misuse) {
                steps.fail(misuse);
                return;
            }
        }
        steps.fail(Objects.requireNonNull(failure));
    }

    private NonBlockingDatagramSocket socket(Pair pair) throws IOException {
        NonBlockingDatagramSocket socket = engine.kernel().openDatagram(pair.family);
        UnixSocketFile bound = null;
        try {
            DatagramOptions.Socket wanted = options.socket();
            if (wanted.reusePort()) {
                socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
            }
            if (wanted.broadcast()) {
                socket.setOption(StandardSocketOptions.SO_BROADCAST, true);
            }
            for (Map.Entry<SocketOption<?>, Object> option : wanted.options().entrySet()) {
                set(socket, option.getKey(), option.getValue());
            }
            if (pair.local != null) {
                StaleDatagramFile.removeIfStale(engine.kernel(), pair.local);
                socket.bind(pair.local);
                bound = file(pair.local);
            }
            if (pair.remote != null && !wanted.broadcast()) {
                socket.connect(pair.remote);
            }
            return socket;
        } catch (IOException | RuntimeException failed) {
            socket.close();
            if (bound != null) {
                bound.removeIfOurs();
            }
            throw failed;
        }
    }

    /** What bind has made in the file system; null for nothing. */
    private @Nullable UnixSocketFile file(SocketAddress local) throws IOException {
        return local instanceof UnixDomainSocketAddress unix
                        && engine.kernel().hasUnixFiles()
                        && !unix.getPath().toString().isEmpty()
                ? UnixSocketFile.of(unix.getPath())
                : null;
    }

    private static <T> void set(NonBlockingDatagramSocket socket, SocketOption<T> option, Object value)
            throws IOException {
        socket.setOption(option, option.type().cast(value));
    }

    /** On a socket that is there, which is this one's from here on. */
    CompletableFuture<DatagramEndpoint<P>> over(NonBlockingDatagramSocket socket) {
        begin(socket, socket.remoteAddress());
        return steps.whole();
    }

    // ---- the endpoint ---------------------------------------------------------------------------------------------

    private void begin(NonBlockingDatagramSocket socket, @Nullable SocketAddress remote) {
        try {
            P protocol = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
            SocketDatagramTransport transport =
                    new SocketDatagramTransport(engine, socket, remote, protocol, options.writeLimits());
            engine.callSoon(() -> made(transport, protocol));
        } catch (Throwable failed) {
            socket.close();
            steps.fail(failed);
        }
    }

    private void made(SocketDatagramTransport transport, P protocol) {
        if (steps.isDone()) {
            transport.abort();
        } else if (!transport.begin()) {
            steps.fail(new ClosedChannelException());
        } else if (!steps.complete(new DatagramEndpoint<>(transport, protocol))) {
            transport.abort(); // given up from another thread meanwhile
        }
    }
}
