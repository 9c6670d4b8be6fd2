package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;

/**
 * The server that is loaded, and how to get there.
 *
 * @param address a port of 127.0.0.1, or the path of a Unix socket
 */
record Target(SocketAddress address) {
    /**
     * From how many addresses, 127.0.0.2 and on, connections come when they are many: one address has some 28,000 ports, and each
     * connection that we close keeps its own for a minute, or a second where the system reuses them on the loopback.
     */
    private static final int SOURCES = 64;

    private static final int FIRST_SOURCE = 2;

    static Target of(LoadRequest request) {
        String unix = request.text(LoadRequest.UNIX, "");
        return new Target(unix.isEmpty() ? loopback(1, request.port()) : UnixDomainSocketAddress.of(unix));
    }

    private static InetSocketAddress loopback(int last, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0." + last), port);
    }

    /** Under which name sessions are kept; of no meaning to the server. */
    String host() {
        return "localhost";
    }

    /** 0 for a Unix socket. */
    int port() {
        return address instanceof InetSocketAddress inet ? inet.getPort() : 0;
    }

    private boolean isInternet() {
        return address instanceof InetSocketAddress;
    }

    /** Connects, waiting for that. The channel does not block afterwards. */
    SocketChannel connect() throws IOException {
        SocketChannel channel = open();
        try {
            channel.connect(address);
            channel.configureBlocking(false);
            return channel;
        } catch (IOException failed) {
            channel.close();
            throw refused(failed);
        }
    }

    /**
     * Begins to connect from one of many addresses; never blocks. Either it is connected already, or will be able to.
     *
     * @param number of the connection, counted from 0
     */
    SocketChannel beginFrom(long number) throws IOException {
        SocketChannel channel = open();
        try {
            channel.configureBlocking(false);
            if (isInternet()) {
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                channel.bind(loopback(FIRST_SOURCE + (int) (number % SOURCES), 0));
            }
            if (!channel.connect(address)) {
                channel.finishConnect(); // on the loopback it mostly has
            }
            return channel;
        } catch (IOException failed) {
            channel.close();
            throw refused(failed);
        }
    }

    /** Goes on with one that was not connected yet, and is able to be. */
    void finish(SocketChannel channel) throws IOException {
        try {
            channel.finishConnect();
        } catch (IOException failed) {
            throw refused(failed);
        }
    }

    private SocketChannel open() throws IOException {
        if (!isInternet()) {
            return SocketChannel.open(StandardProtocolFamily.UNIX);
        }
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return channel;
    }

    /** With the address, which the system's message lacks. */
    IOException refused(IOException failed) {
        String message = "cannot connect to " + this + ": " + failed.getMessage();
        IOException told =
                failed instanceof ConnectException ? new ConnectException(message) : new IOException(message);
        told.initCause(failed);
        return told;
    }

    @Override
    public String toString() {
        return address instanceof InetSocketAddress inet
                ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                : address.toString();
    }
}
