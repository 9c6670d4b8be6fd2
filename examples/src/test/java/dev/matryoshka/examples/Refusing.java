package dev.matryoshka.examples;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/** A port that refuses connections for as long as this is open: bound, so that nobody else takes it, and not listening. */
record Refusing(SocketChannel bound, int port) implements AutoCloseable {
    static Refusing open() throws IOException {
        SocketChannel bound = SocketChannel.open().bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        return new Refusing(bound, bound.socket().getLocalPort());
    }

    @Override
    public void close() throws IOException {
        bound.close();
    }
}
