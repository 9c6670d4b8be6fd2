package dev.matryoshka.guards;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.stream.Streams;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** An echo in each of the styles, written as a user would who wants it fast. */
enum Doll {
    SOCKET,
    PROTOCOL,
    BUFFERED,
    STREAM,
    /** The outer doll, line by line. */
    LINES;

    private static final int ROOM = 256 * 1024;

    /** Whether a task serves each connection. */
    boolean isTask() {
        return this != PROTOCOL && this != BUFFERED;
    }

    /** The server's side, of all but the socket: a stream is a protocol too. */
    Supplier<? extends BaseProtocol> factory(Loop loop) {
        return switch (this) {
            case PROTOCOL -> Echo::new;
            case BUFFERED -> BufferedEcho::new;
            case STREAM, LINES -> Streams.serving(loop, this::stream, StreamOptions.defaults());
            case SOCKET -> throw new AssertionError("accepts by itself");
        };
    }

    private void stream(StreamReader reader, StreamWriter writer) throws Exception {
        if (this == LINES) {
            for (ByteBuffer line; (line = reader.nextLine()).hasRemaining(); ) {
                writer.write(line);
            }
        } else {
            for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
                writer.write(data);
            }
        }
    }

    /** Accepts until it is cancelled, then waits for its conversations. */
    static void accept(AsyncSocket listener) throws Exception {
        List<Task<?>> conversations = new ArrayList<>();
        try {
            while (true) {
                AsyncSocket accepted = listener.accept();
                conversations.add(Task.create(listener.loop(), "echo", () -> {
                    socket(accepted);
                    return null;
                }));
            }
        } finally {
            listener.close();
            for (Task<?> conversation : conversations) {
                conversation.await();
            }
        }
    }

    private static void socket(AsyncSocket socket) throws Exception {
        try (socket) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(ROOM);
            while (socket.recvInto(buffer.clear()) >= 0) {
                socket.sendAll(buffer.flip());
            }
        }
    }

    private static final class Echo implements Protocol {
        private Transport transport;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            transport.write(data);
        }
    }

    private static final class BufferedEcho implements BufferedProtocol {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(ROOM);
        private Transport transport;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            return buffer.clear();
        }

        @Override
        public void bufferUpdated(int byteCount) {
            transport.write(buffer.flip());
        }
    }
}
