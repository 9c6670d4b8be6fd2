package dev.matryoshka.kernel.memory;

import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NoConnectionPendingException;
import org.jspecify.annotations.Nullable;

/**
 * What the network knows of one socket: its state, its address, its accept queue or its connection. Guarded by the network's
 * lock; {@link MemorySocket} is the face that takes it.
 */
final class SocketCore implements Bound {
    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    private final MemoryNetwork network;
    private final StandardProtocolFamily family;
    private final OptionValues options;
    private final Signal signal;

    private SocketState state = SocketState.FRESH;
    private @Nullable SocketAddress local;
    private @Nullable SocketAddress remote;
    private boolean ipv6Only;

    /** LISTENING only. */
    private @Nullable AcceptQueue queue;

    /** CONNECTED; or CONNECTING, and finishConnect will say so. */
    private @Nullable Endpoint endpoint;

    /** CONNECTING only. */
    private @Nullable Attempt attempt;

    /** A fresh one. */
    SocketCore(MemoryNetwork network, StandardProtocolFamily family, OptionValues options) {
        this.network = network;
        this.family = family;
        this.options = options;
        this.signal = new Signal();
    }

    /** One that was accepted. */
    SocketCore(MemoryNetwork network, StandardProtocolFamily family, Endpoint accepted) {
        this.network = network;
        this.family = family;
        this.options = accepted.options;
        this.signal = accepted.signal;
        this.endpoint = accepted;
        this.local = accepted.local;
        this.remote = accepted.remote();
        this.state = SocketState.CONNECTED;
    }

    @Override
    public StandardProtocolFamily family() {
        return family;
    }

    @Override
    public OptionValues options() {
        return options;
    }

    Signal signal() {
        return signal;
    }

    boolean isListening() {
        return state == SocketState.LISTENING;
    }

    /** Null unless listening. */
    @Nullable
    AcceptQueue queue() {
        return isListening() ? queue : null;
    }

    @Override
    public boolean isIpv6Only() {
        return ipv6Only;
    }

    boolean isOpen() {
        return state != SocketState.CLOSED;
    }

    /** The bound address; null when not bound or closed. */
    @Nullable
    SocketAddress local() {
        return isOpen() ? local : null;
    }

    /** The peer, also after close; null before the connection. */
    @Nullable
    SocketAddress remote() {
        return remote;
    }

    @Override
    public @Nullable InetAddress localIp() {
        return local instanceof InetSocketAddress address ? address.getAddress() : null;
    }

    void ensureOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    /** All that can be said of it now, as bits of {@link dev.matryoshka.kernel.Readiness}. */
    int readiness() {
        if (attempt != null && attempt.hasFailed()) {
            return READABLE | WRITABLE | HANGUP | ERROR;
        }
        if (queue != null) {
            return queue.hasConnection() ? READABLE : 0;
        }
        return endpoint == null ? 0 : endpoint.readiness();
    }

    // ---- listening ------------------------------------------------------------------------------------------------

    void bind(SocketAddress wanted) throws IOException {
        ensureOpen();
        if (local != null) {
            throw NetworkError.EINVAL.bindFailure(wanted);
        }
        local = network.addresses().bind(this, wanted);
    }

    void listen(int backlog) throws IOException {
        ensureOpen();
        if (queue != null) {
            queue.resize(backlog);
            return;
        }
        if (state != SocketState.FRESH || (local == null && family == StandardProtocolFamily.UNIX)) {
            throw NetworkError.EINVAL.listenFailure(local);
        }
        if (local == null) {
            bind(new InetSocketAddress(AddressBook.wildcard(family), 0));
        }
        if (local instanceof InetSocketAddress address) {
            network.addresses().checkListen(this, address);
        }
        state = state.to(SocketState.LISTENING);
        queue = new AcceptQueue(signal, backlog);
    }

    /** The oldest connection that waits, or null. */
    @Nullable
    Endpoint accept() throws IOException {
        ensureOpen();
        if (queue == null) {
            throw NetworkError.EINVAL.failure("accept on", local);
        }
        return queue.poll();
    }

    // ---- connecting -----------------------------------------------------------------------------------------------

    /** @return whether it is connected already */
    boolean connect(SocketAddress wanted) throws IOException {
        ensureOpen();
        if (state != SocketState.FRESH) {
            boolean trying = state == SocketState.CONNECTING;
            throw (trying ? NetworkError.EALREADY : NetworkError.EISCONN).connectFailure(wanted);
        }
        if (family == StandardProtocolFamily.UNIX) {
            connectByName(wanted);
            return true;
        }
        connectByIp(wanted);
        return false;
    }

    /** unix(7): a connect takes no time. It stands, or it fails; with EAGAIN when the queue is full. */
    private void connectByName(SocketAddress wanted) throws IOException {
        Bound found = network.addresses().named(wanted);
        if (found == null) {
            throw NetworkError.ENOENT.connectFailure(wanted);
        }
        if (!(found instanceof SocketCore named)) {
            throw NetworkError.EPROTOTYPE.connectFailure(wanted);
        }
        if (named.queue == null) {
            throw NetworkError.ECONNREFUSED.connectFailure(wanted);
        }
        if (named.queue.isFull()) {
            throw NetworkError.EAGAIN.connectFailure(wanted);
        }
        begin(wanted).meet(named);
        complete(wanted);
    }

    private void connectByIp(SocketAddress wanted) throws IOException {
        AddressBook addresses = network.addresses();
        InetSocketAddress there = addresses.destination(wanted, family);
        if (local == null) {
            local = addresses.bindClient(this, there);
        } else if (local instanceof InetSocketAddress bound
                && bound.getAddress().isAnyLocalAddress()) {
            local = new InetSocketAddress(addresses.sourceFor(there.getAddress()), bound.getPort());
        }
        Attempt begun = begin(there);
        if (!addresses.isSilent(there.getAddress())) {
            begun.meet(addresses.listenerFor(there));
        }
    }

    private Attempt begin(SocketAddress target) {
        state = state.to(SocketState.CONNECTING);
        attempt = new Attempt(this, target);
        return attempt;
    }

    /** The attempt has been let in. */
    Endpoint established(SocketAddress target, OptionValues serverOptions) {
        SocketAddress here = local == null ? UNNAMED : local;
        boolean unix = family == StandardProtocolFamily.UNIX;
        endpoint = Endpoint.connect(signal, options, serverOptions, here, target, unix);
        return endpoint;
    }

    boolean finishConnect() throws IOException {
        ensureOpen();
        Attempt begun = attempt;
        if (begun == null) {
            if (state == SocketState.CONNECTED) {
                return true;
            }
            throw new NoConnectionPendingException();
        }
        throwConnectError();
        if (endpoint == null) {
            return false;
        }
        complete(begun.target());
        return true;
    }

    private void complete(SocketAddress target) {
        state = state.to(SocketState.CONNECTED);
        attempt = null;
        remote = target;
        if (local == null) {
            local = UNNAMED;
        }
    }

    private void throwConnectError() throws IOException {
        IOException failure = takeConnectError();
        if (failure != null) {
            throw failure;
        }
    }

    /** Why the attempt has failed, which is then over; null when there is none or it has not failed. */
    private @Nullable IOException takeConnectError() {
        IOException failure = attempt == null ? null : attempt.failure();
        if (failure != null) {
            attempt = null;
            state = state.to(SocketState.FRESH);
        }
        return failure;
    }

    /**
     * The connection that bytes go through; null while it is on its way.
     *
     * @param doing the first words of an error's message
     */
    @Nullable
    Endpoint usable(String doing) throws IOException {
        ensureOpen();
        if (endpoint != null) {
            return endpoint;
        }
        if (state != SocketState.CONNECTING) {
            throw NetworkError.ENOTCONN.failure(doing, remote);
        }
        throwConnectError();
        return null;
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    /** The connection, if there is one, in whatever state; null otherwise. */
    @Nullable
    Endpoint endpoint() {
        return endpoint;
    }

    /** SO_ERROR. */
    @Nullable
    IOException takeError() {
        if (!isOpen()) {
            return null;
        }
        return endpoint == null ? takeConnectError() : endpoint.takeError();
    }

    void setIpv6Only(boolean on) throws IOException {
        ensureOpen();
        if (family != StandardProtocolFamily.INET6 || local != null) {
            throw NetworkError.EINVAL.failure("set IPV6_V6ONLY on", local);
        }
        ipv6Only = on;
    }

    /** Not twice. */
    void close() {
        signal.unwatch();
        if (local != null) {
            network.addresses().release(this, local);
        }
        state = state.to(SocketState.CLOSED);
        if (queue != null) {
            queue.close();
        }
        if (endpoint != null) {
            endpoint.close(options.abortsOnClose());
        } else if (attempt != null) {
            attempt.giveUp();
        }
    }

    @Override
    public String toString() {
        return (endpoint == null ? family + " " + local : endpoint) + ", " + state;
    }
}
