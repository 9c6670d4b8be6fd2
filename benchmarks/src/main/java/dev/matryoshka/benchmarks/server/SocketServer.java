package dev.matryoshka.benchmarks.server;

import dev.matryoshka.EventLoop;
import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.Payload;
import dev.matryoshka.socket.AsyncDatagramSocket;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;

/** Each mode on the inner doll. */
final class SocketServer {
    private static final int REQUESTS_BYTES = 4 * 1024;

    private static final ByteBuffer CHUNK = Payload.direct(Payload.CHUNK_BYTES);
    private static final ByteBuffer HEAD = Payload.direct(Payload.HEAD_BYTES);
    private static final ByteBuffer BODY = Payload.direct(Payload.BODY_BYTES);

    private SocketServer() {}

    /** Serves one connection, until it breaks or ends. */
    private interface Handler {
        void handle(AsyncSocket socket) throws IOException, InterruptedException;
    }

    static SocketAddress start(EventLoop loop, Mode mode, InetSocketAddress local) throws IOException {
        return switch (mode) {
            case SOURCE -> listen(loop, SocketServer::send, local);
            case FILE -> {
                Path file = Payload.file();
                yield listen(loop, socket -> sendFile(socket, file), local);
            }
            case TWO_WRITE -> listen(loop, SocketServer::answer, local);
            case ECHO, LINES -> throw Api.isOfTheCommandLine(mode);
            case UDP -> {
                AsyncDatagramSocket socket = loop.openDatagramSocket(StandardProtocolFamily.INET);
                socket.bind(local);
                loop.createTask("echo", () -> echo(socket));
                yield Objects.requireNonNull(socket.localAddress());
            }
        };
    }

    private static SocketAddress listen(EventLoop loop, Handler handler, InetSocketAddress local) throws IOException {
        AsyncSocket listener = loop.openSocket();
        listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        listener.bind(local);
        listener.listen(ServeCommand.BACKLOG);
        loop.createTask("accept", () -> accept(loop, listener, handler));
        return Objects.requireNonNull(listener.localAddress());
    }

    private static void accept(EventLoop loop, AsyncSocket listener, Handler handler)
            throws IOException, InterruptedException {
        while (true) {
            AsyncSocket accepted = listener.accept();
            loop.createTask(() -> serve(accepted, handler));
        }
    }

    private static void serve(AsyncSocket accepted, Handler handler) throws InterruptedException {
        try (AsyncSocket socket = accepted) {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            handler.handle(socket);
        } catch (IOException gone) {
            // the peer has what it wanted
        }
    }

    /** Yields after each chunk, so that a peer that keeps up, and lets no send park, is not the only one served. */
    private static void send(AsyncSocket socket) throws IOException, InterruptedException {
        ByteBuffer chunk = CHUNK.duplicate();
        while (true) {
            socket.sendAll(chunk.rewind());
            Task.yield();
        }
    }

    private static void sendFile(AsyncSocket socket, Path file) throws IOException, InterruptedException {
        while (true) {
            socket.sendFile(file);
        }
    }

    private static void answer(AsyncSocket socket) throws IOException, InterruptedException {
        ByteBuffer requests = ByteBuffer.allocateDirect(REQUESTS_BYTES);
        ByteBuffer head = HEAD.duplicate();
        ByteBuffer body = BODY.duplicate();
        int received = 0;
        for (int count; (count = socket.recvInto(requests.clear())) >= 0; ) {
            for (received += count; received >= Payload.REQUEST_BYTES; received -= Payload.REQUEST_BYTES) {
                socket.sendAll(head.rewind());
                socket.sendAll(body.rewind());
            }
        }
    }

    private static void echo(AsyncDatagramSocket socket) throws IOException, InterruptedException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(Payload.CHUNK_BYTES);
        while (true) {
            SocketAddress sender = socket.recvFromInto(buffer.clear());
            socket.sendTo(buffer.flip(), sender);
        }
    }
}
