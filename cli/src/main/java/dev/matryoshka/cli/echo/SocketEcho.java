package dev.matryoshka.cli.echo;

import dev.matryoshka.socket.AsyncSocket;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Inner doll: one connection, in a task of its own. Sending parks while the peer does not read. */
final class SocketEcho {
    private final AsyncSocket socket;
    private final EchoOptions options;
    private final BufferPool pool;

    SocketEcho(AsyncSocket socket, EchoOptions options, BufferPool pool) {
        this.socket = socket;
        this.options = options;
        this.pool = pool;
    }

    AsyncSocket socket() {
        return socket;
    }

    /** Serves until the peer ends or the connection breaks, and closes it. */
    void serve() throws IOException, InterruptedException {
        try (socket) {
            if (options.lines()) {
                new LineEcho(socket, options, pool).serve();
            } else {
                echoBytes();
            }
        }
    }

    /** Waits for the peer's bytes here, not where they are moved: what lies on the stack of who waits is copied each time. */
    private void echoBytes() throws IOException, InterruptedException {
        do {
            socket.awaitReadable();
        } while (echoWhatCame());
    }

    /** Who waits for the peer has no buffer, so all connections share the one that is warm, and may take as much as a transport. */
    private boolean echoWhatCame() throws IOException, InterruptedException {
        ByteBuffer buffer = pool.takeLargest();
        try {
            int received = socket.recvInto(buffer);
            socket.sendAll(buffer.flip());
            return received >= 0;
        } finally {
            pool.giveBack(buffer);
        }
    }
}
