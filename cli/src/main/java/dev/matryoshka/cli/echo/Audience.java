package dev.matryoshka.cli.echo;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The clients of a {@link Rehearsal}: few and many, with small messages, large ones and several at once, who end in every way that
 * clients have. Sockets of the JDK that block, on one thread: nothing of ours runs here, so the JIT learns the server and nothing else.
 */
final class Audience {
    private static final int FEW = 10;
    private static final int MANY = 100;
    private static final int MESSAGE_BYTES = 1000;
    private static final int BATCH_BYTES = 4096;
    private static final int LARGE_BYTES = 100 * 1024;

    /** A newline after so many bytes, for servers that echo line by line. */
    private static final int LINE_BYTES = 64;

    private final SocketAddress server;
    private final long endNanos;
    private final ByteBuffer small = message(MESSAGE_BYTES);
    private final ByteBuffer batch = message(BATCH_BYTES);
    private final ByteBuffer large = message(LARGE_BYTES);

    /** How a client goes. */
    private enum Exit {
        /** Its end is all that is left to read. */
        CLOSE,
        /** As the last, but the server may still answer. */
        SHUT_OUTPUT,
        /** The connection breaks while nothing is under way. */
        RESET,
        /** The connection breaks with an answer that nobody reads. */
        UNREAD
    }

    /** @param length from now on; no crowd comes after it */
    Audience(SocketAddress server, Duration length) {
        this.server = server;
        this.endNanos = System.nanoTime() + length.toNanos();
    }

    /** Until its time is over, or the server does not answer. */
    void attend() {
        try {
            while (!isLate()) {
                for (Exit exit : Exit.values()) {
                    crowd(FEW, small, 50, exit);
                    crowd(MANY, small, 8, exit);
                    crowd(FEW, batch, 20, exit);
                    crowd(1, large, 10, exit);
                }
            }
        } catch (IOException | LinkageError over) {
            // The server has closed, or there are no descriptors left, which may come to light when the JDK loads its
            // classes.
        }
    }

    private boolean isLate() {
        return System.nanoTime() - endNanos > 0;
    }

    /** So many clients come, send a message each and read its echo, so many times, and go. */
    private void crowd(int count, ByteBuffer message, int times, Exit exit) throws IOException {
        List<SocketChannel> clients = new ArrayList<>(count);
        try {
            for (int i = 0; i < count; i++) {
                SocketChannel client = SocketChannel.open(server);
                clients.add(client);
                client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            for (int turn = 0; turn < times && !isLate(); turn++) {
                for (SocketChannel client : clients) {
                    write(client, message);
                }
                for (SocketChannel client : clients) {
                    read(client, message);
                }
            }
            for (SocketChannel client : clients) {
                leave(client, message, exit);
            }
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    private static ByteBuffer message(int byteCount) {
        ByteBuffer message = ByteBuffer.allocateDirect(byteCount);
        for (int end = LINE_BYTES; end < byteCount; end += LINE_BYTES) {
            message.put(end - 1, (byte) '\n');
        }
        return message.put(byteCount - 1, (byte) '\n');
    }

    private static void write(SocketChannel client, ByteBuffer message) throws IOException {
        message.clear();
        while (message.hasRemaining()) {
            client.write(message);
        }
    }

    /** As many bytes as were sent; they are the same. */
    private static void read(SocketChannel client, ByteBuffer message) throws IOException {
        message.clear();
        while (message.hasRemaining()) {
            if (client.read(message) < 0) {
                throw new IOException("the server has ended the connection");
            }
        }
    }

    private static void leave(SocketChannel client, ByteBuffer message, Exit exit) throws IOException {
        switch (exit) {
            case CLOSE -> {}
            case SHUT_OUTPUT -> {
                write(client, message);
                client.shutdownOutput();
                read(client, message);
            }
            case RESET -> client.setOption(StandardSocketOptions.SO_LINGER, 0);
            case UNREAD ->
                write(client, message.slice(0, LINE_BYTES)); // one line: more would be told as written in vain
        }
    }
}
