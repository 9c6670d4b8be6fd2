package dev.matryoshka.cli.serve;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transports;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.InvalidPathException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where to listen or to connect, as it is written on a command line: {@code HOST:PORT}, {@code [::1]:PORT}, {@code unix:PATH},
 * {@code unix:@NAME} for an abstract name, each with {@code tls:} before it. What TLS needs is the business of who uses it.
 *
 * @param tls whether TLS is spoken there
 * @param host a name or a literal, without brackets; null for a Unix socket
 * @param port 0 to 65535; 0 for a Unix socket
 * @param unix the address of a Unix socket, or null
 */
public record Endpoint(
        boolean tls,
        @Nullable String host,
        int port,
        @Nullable SocketAddress unix) {
    private static final String TLS = "tls:";
    private static final String TCP = "tcp:";
    private static final String UNIX = "unix:";
    private static final int PORT_MAX = 65_535;

    /** On TCP. */
    public static Endpoint tcp(String host, int port) {
        return new Endpoint(false, host, port, null);
    }

    /**
     * On a Unix socket.
     *
     * @param path of the file, or {@code @} and an abstract name
     * @throws IllegalArgumentException it is neither
     */
    public static Endpoint unix(String path) {
        if (path.isEmpty() || path.equals("@")) {
            throw new IllegalArgumentException("'" + path + "' is not a path");
        }
        try {
            SocketAddress address =
                    path.startsWith("@") ? AbstractUnixAddress.of(path.substring(1)) : UnixDomainSocketAddress.of(path);
            return new Endpoint(false, null, 0, address);
        } catch (InvalidPathException notOne) {
            throw new IllegalArgumentException("'" + path + "' is not a path", notOne);
        }
    }

    /**
     * Reads the text form.
     *
     * @throws IllegalArgumentException it is none; the message says what is wrong
     */
    public static Endpoint parse(String text) {
        if (text.startsWith(TLS)) {
            return parse(text.substring(TLS.length())).withTls(true);
        }
        if (text.startsWith(UNIX)) {
            return unix(text.substring(UNIX.length()));
        }
        String rest = text.startsWith(TCP) ? text.substring(TCP.length()) : text;
        int colon = rest.lastIndexOf(':');
        String host = colon < 0 ? "" : rest.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("'" + text + "': an IPv6 address stands in brackets");
        }
        if (host.isEmpty()) {
            throw new IllegalArgumentException("'" + text + "' is not HOST:PORT or unix:PATH");
        }
        return tcp(host, port(rest.substring(colon + 1), text));
    }

    private static int port(String digits, String text) {
        try {
            int port = Integer.parseInt(digits);
            if (port >= 0 && port <= PORT_MAX) {
                return port;
            }
        } catch (NumberFormatException notOne) {
            // said below
        }
        throw new IllegalArgumentException("'" + text + "': not a port 0 to 65535: " + digits);
    }

    /** The same with TLS or without. */
    public Endpoint withTls(boolean on) {
        return new Endpoint(on, host, port, unix);
    }

    /** Listens without TLS: that is wrapped around the factory. Loop thread, or before the loop runs. */
    public Server listen(Loop loop, Supplier<? extends BaseProtocol> factory, ServerOptions options)
            throws IOException {
        return unix != null
                ? Transports.createUnixServer(loop, factory, unix, options)
                : Transports.createServer(loop, factory, host, port, options);
    }

    /** Connects without TLS. Loop thread; never parks. */
    public <P extends BaseProtocol> CompletableFuture<Connection<P>> connect(
            Loop loop, Supplier<P> factory, ConnectOptions options) {
        return unix != null
                ? Transports.createUnixConnectionAsync(loop, factory, unix, options)
                : Transports.createConnectionAsync(loop, factory, String.valueOf(host), port, options);
    }

    /** As it was asked for, with the port that the system chose: {@code HOST:PORT}, an IPv6 host in brackets, or {@code unix:PATH}. */
    public String text(SocketAddress bound) {
        if (!(bound instanceof InetSocketAddress inet)) {
            return toString();
        }
        boolean brackets = inet.getAddress() instanceof Inet6Address
                && String.valueOf(host).indexOf(':') >= 0;
        return (brackets ? "[" + host + "]" : host) + ":" + inet.getPort();
    }

    @Override
    public String toString() {
        return unix != null ? UNIX + unix : host + ":" + port;
    }
}
