package dev.matryoshka.support;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/** A port of 127.0.0.1 that refuses connections while this is open: bound, so that nobody else takes it, and not listening. */
public record Refusing(SocketChannel bound, InetSocketAddress address) implements AutoCloseable {
    public static Refusing open() throws IOException {
        SocketChannel bound = SocketChannel.open().bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        return new Refusing(bound, (InetSocketAddress) bound.getLocalAddress());
    }

    @Override
    public void close() throws IOException {
        bound.close();
    }
}
