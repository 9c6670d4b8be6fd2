package dev.matryoshka.benchmarks.server;

import dev.matryoshka.EventLoop;
import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.Payload;
import dev.matryoshka.stream.DatagramStream;
import dev.matryoshka.stream.StreamHandler;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.DatagramOptions;
import dev.matryoshka.transport.ServerOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;

/** Each mode on the outer doll. */
final class StreamServer {
    private static final ByteBuffer CHUNK = Payload.direct(Payload.CHUNK_BYTES);
    private static final byte[] HEAD = Payload.array(Payload.HEAD_BYTES);
    private static final byte[] BODY = Payload.array(Payload.BODY_BYTES);

    private StreamServer() {}

    static SocketAddress start(EventLoop loop, Mode mode, InetSocketAddress local)
            throws IOException, InterruptedException {
        return switch (mode) {
            case SOURCE -> listen(loop, StreamServer::send, local);
            case FILE -> {
                Path file = Payload.file();
                yield listen(loop, (reader, writer) -> sendFile(writer, file), local);
            }
            case TWO_WRITE -> listen(loop, StreamServer::answer, local);
            case ECHO, LINES -> throw Api.isOfTheCommandLine(mode);
            case UDP -> {
                DatagramStream stream =
                        loop.openDatagrams(DatagramOptions.defaults().withLocal(local));
                loop.createTask("echo", () -> echo(stream));
                yield Objects.requireNonNull(stream.localAddress());
            }
        };
    }

    private static SocketAddress listen(EventLoop loop, StreamHandler handler, InetSocketAddress local)
            throws IOException {
        return loop.startServer(
                        handler,
                        local.getHostString(),
                        local.getPort(),
                        StreamOptions.defaults(),
                        ServerOptions.defaults().withBacklog(ServeCommand.BACKLOG))
                .addresses()
                .getFirst();
    }

    /** Yields after each chunk, so that a peer that keeps up, and lets no write park, is not the only one served. */
    private static void send(StreamReader reader, StreamWriter writer) throws IOException, InterruptedException {
        ByteBuffer chunk = CHUNK.duplicate();
        while (true) {
            writer.write(chunk.rewind());
            Task.yield();
        }
    }

    private static void sendFile(StreamWriter writer, Path file) throws IOException, InterruptedException {
        while (true) {
            writer.sendFile(file);
        }
    }

    private static void answer(StreamReader reader, StreamWriter writer) throws IOException, InterruptedException {
        while (reader.nextLine().hasRemaining()) {
            writer.write(HEAD);
            writer.write(BODY);
        }
    }

    private static void echo(DatagramStream stream) throws IOException, InterruptedException {
        ByteBuffer buffer = ByteBuffer.allocate(Payload.CHUNK_BYTES);
        for (SocketAddress sender; (sender = stream.receiveInto(buffer.clear())) != null; ) {
            stream.send(buffer.flip(), sender);
        }
    }
}
