package dev.matryoshka.benchmarks.peer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A peer: what a programmer writes by hand on a {@link Selector}; one thread, one buffer, back-pressure. */
final class NioSelectorEcho implements PeerServer {
    private static final int BUFFER_BYTES = 256 * 1024;

    private final Selector selector;
    private final ServerSocketChannel listener;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private volatile boolean closed;

    NioSelectorEcho(InetSocketAddress address) throws IOException {
        selector = Selector.open();
        listener = ServerSocketChannel.open().bind(address, BACKLOG);
        listener.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
    }

    @Override
    public int port() {
        return listener.socket().getLocalPort();
    }

    @Override
    public void serve() throws IOException {
        while (!closed) {
            selector.select(this::ready);
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }

    private void ready(SelectionKey key) {
        try {
            if (key.isAcceptable()) {
                accept();
            } else if (key.isWritable()) {
                sendRest(key);
            } else {
                echo(key);
            }
        } catch (IOException broken) {
            closeQuietly(key);
        }
    }

    private void accept() throws IOException {
        for (SocketChannel channel; (channel = listener.accept()) != null; ) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false).register(selector, SelectionKey.OP_READ);
        }
    }

    private void echo(SelectionKey key) throws IOException {
        SocketChannel channel = (SocketChannel) key.channel();
        if (channel.read(buffer.clear()) < 0) {
            channel.close();
            return;
        }
        channel.write(buffer.flip());
        if (buffer.hasRemaining()) {
            key.attach(ByteBuffer.allocateDirect(buffer.remaining()).put(buffer).flip());
            key.interestOps(SelectionKey.OP_WRITE);
        }
    }

    private static void sendRest(SelectionKey key) throws IOException {
        @Nullable ByteBuffer rest = (ByteBuffer) key.attachment();
        if (rest != null) {
            ((SocketChannel) key.channel()).write(rest);
            if (rest.hasRemaining()) {
                return;
            }
        }
        key.attach(null);
        key.interestOps(SelectionKey.OP_READ);
    }

    private static void closeQuietly(SelectionKey key) {
        try {
            key.channel().close();
        } catch (IOException ignored) {
            // it was broken already
        }
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
    }
}
