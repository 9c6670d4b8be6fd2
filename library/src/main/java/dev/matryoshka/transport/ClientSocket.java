package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.resolve.HostAddresses;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** How the options of a client become a socket. Loop thread only; static methods. */
final class ClientSocket {
    private ClientSocket() {}

    /**
     * Opens a socket for an address, with its options set and its local address bound.
     *
     * @throws IOException no such socket here, or no local address; nothing is left open
     * @throws RuntimeException an option is of no use for such a socket, which is the caller's fault; nothing is left open
     */
    static NonBlockingSocket open(LoopEngine engine, SocketAddress remote, ConnectOptions options) throws IOException {
        StandardProtocolFamily family = family(remote);
        NonBlockingSocket socket;
        try {
            socket = engine.kernel().openStream(family);
        } catch (UnsupportedOperationException noSuchFamily) {
            throw new IOException("connect to " + text(remote) + ": " + noSuchFamily.getMessage(), noSuchFamily);
        }
        try {
            setOptions(socket, family, options);
            bind(socket, remote, options.route().localAddresses());
            return socket;
        } catch (IOException | RuntimeException failed) {
            socket.close();
            throw failed;
        }
    }

    static StandardProtocolFamily family(SocketAddress address) {
        return address instanceof InetSocketAddress internet
                ? HostAddresses.family(internet.getAddress())
                : StandardProtocolFamily.UNIX;
    }

    static void setOptions(NonBlockingSocket socket, StandardProtocolFamily family, ConnectOptions options)
            throws IOException {
        Map<SocketOption<?>, Object> wanted = options.socketOptions();
        if (family != StandardProtocolFamily.UNIX && !wanted.containsKey(StandardSocketOptions.TCP_NODELAY)) {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        for (Map.Entry<SocketOption<?>, Object> option : wanted.entrySet()) {
            set(socket, option.getKey(), option.getValue());
        }
    }

    /** The options guarantee that the value is of the option's type. */
    private static <T> void set(NonBlockingSocket socket, SocketOption<T> option, Object value) throws IOException {
        socket.setOption(option, option.type().cast(value));
    }

    /** asyncio's rule: of the local addresses of the remote one's family the first that can be bound. */
    private static void bind(NonBlockingSocket socket, SocketAddress remote, List<InetSocketAddress> locals)
            throws IOException {
        if (locals.isEmpty()) {
            return;
        }
        IOException failure = null;
        for (InetSocketAddress local : locals) {
            if (family(local) != family(remote)) {
                continue;
            }
            try {
                socket.bind(local);
                return;
            } catch (IOException failed) {
                failure = Failures.join(failure, failed);
            }
        }
        throw failure != null
                ? failure
                : new IOException("connect to " + text(remote) + ": no local address of family " + family(remote)
                        + " among " + text(locals));
    }

    /** For messages: the JDK puts a slash before an address without a name. */
    static String text(SocketAddress address) {
        String text = address.toString();
        return address instanceof InetSocketAddress && text.startsWith("/") ? text.substring(1) : text;
    }

    static String text(List<? extends SocketAddress> addresses) {
        return addresses.stream().map(ClientSocket::text).collect(Collectors.joining(", "));
    }
}
