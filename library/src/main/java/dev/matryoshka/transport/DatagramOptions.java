package dev.matryoshka.transport;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Between which addresses datagrams go, and how. Immutable; start from {@link #defaults()}.
 *
 * {@snippet :
 * DatagramOptions server = DatagramOptions.defaults().withLocal("127.0.0.1", 9999);
 * DatagramOptions client = DatagramOptions.defaults().withRemote("127.0.0.1", 9999);
 * }
 *
 * <p>There is no SO_REUSEADDR, as in asyncio: on UDP it lets anybody take a port over. Who needs it, for multicast, opens a socket of
 * the inner doll and hands it over.
 *
 * @param ends between which addresses
 * @param socket what is asked of the socket
 * @param writeLimits the marks that the endpoint starts with
 */
public record DatagramOptions(Ends ends, Socket socket, WaterMarks writeLimits) {
    private static final DatagramOptions DEFAULTS =
            new DatagramOptions(new Ends(null, null, null), new Socket(false, false, Map.of()), WaterMarks.DEFAULT);

    /** All groups are there. */
    public DatagramOptions {
        Objects.requireNonNull(ends, "ends");
        Objects.requireNonNull(socket, "socket");
        Objects.requireNonNull(writeLimits, "writeLimits");
    }

    /**
     * Between which addresses. A name (an unresolved address) is looked up; of both ends the addresses of one family are taken
     * together, and the families tried one after another.
     *
     * @param local where to bind; null for a port that the system chooses when it is needed
     * @param remote where to send to, and who alone is heard; null for everybody
     * @param family only that one; null for every family of the addresses. With neither address it says what to open
     */
    public record Ends(
            @Nullable SocketAddress local,
            @Nullable SocketAddress remote,
            @Nullable StandardProtocolFamily family) {}

    /**
     * What is asked of the socket.
     *
     * @param reusePort SO_REUSEPORT: several sockets of one user share a port, and the system spreads what comes by its sender
     * @param broadcast SO_BROADCAST: may send to everybody. A remote address is then only where to send to, and all are heard
     * @param options set before it is bound
     */
    public record Socket(boolean reusePort, boolean broadcast, Map<SocketOption<?>, Object> options) {
        /** Takes a copy of the options. */
        public Socket {
            options = Map.copyOf(options);
        }
    }

    /** No addresses, no permissions, asyncio's water marks. */
    public static DatagramOptions defaults() {
        return DEFAULTS;
    }

    // ---- addresses ------------------------------------------------------------------------------------------------

    /** The same, bound to an address: of the Internet (a name is looked up), or of the Unix domain. */
    public DatagramOptions withLocal(SocketAddress address) {
        return with(new Ends(Objects.requireNonNull(address, "address"), ends.remote, ends.family));
    }

    /** The same, bound to a host's address; port 0 lets the system choose one. */
    public DatagramOptions withLocal(String host, int port) {
        return withLocal(InetSocketAddress.createUnresolved(host, port));
    }

    /** The same, sending to an address: of the Internet (a name is looked up), or of the Unix domain. */
    public DatagramOptions withRemote(SocketAddress address) {
        return with(new Ends(ends.local, Objects.requireNonNull(address, "address"), ends.family));
    }

    /** The same, sending to a host. */
    public DatagramOptions withRemote(String host, int port) {
        return withRemote(InetSocketAddress.createUnresolved(host, port));
    }

    /** The same for one family; null for whatever the addresses have. */
    public DatagramOptions withFamily(@Nullable StandardProtocolFamily family) {
        return with(new Ends(ends.local, ends.remote, family));
    }

    private DatagramOptions with(Ends group) {
        return new DatagramOptions(group, socket, writeLimits);
    }

    // ---- the socket -----------------------------------------------------------------------------------------------

    /** The same with SO_REUSEPORT on or off. */
    public DatagramOptions withReusePort(boolean on) {
        return with(new Socket(on, socket.broadcast, socket.options));
    }

    /** The same with SO_BROADCAST on or off. */
    public DatagramOptions withBroadcast(boolean on) {
        return with(new Socket(socket.reusePort, on, socket.options));
    }

    /** The same with one option more for the socket. */
    public <T> DatagramOptions withSocketOption(SocketOption<T> option, T value) {
        Map<SocketOption<?>, Object> more = new HashMap<>(socket.options);
        more.put(option, Objects.requireNonNull(value, "value"));
        return with(new Socket(socket.reusePort, socket.broadcast, more));
    }

    private DatagramOptions with(Socket group) {
        return new DatagramOptions(ends, group, writeLimits);
    }

    /** The same with other marks. */
    public DatagramOptions withWriteLimits(WaterMarks marks) {
        return new DatagramOptions(ends, socket, marks);
    }
}
