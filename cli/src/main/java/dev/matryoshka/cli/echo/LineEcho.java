package dev.matryoshka.cli.echo;

import dev.matryoshka.socket.AsyncSocket;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Inner doll: the lines of one connection. Unlike other echoes it keeps its buffer while it waits, for the unfinished line. */
final class LineEcho {
    private final AsyncSocket socket;
    private final EchoOptions options;
    private final BufferPool pool;
    private ByteBuffer buffer;

    LineEcho(AsyncSocket socket, EchoOptions options, BufferPool pool) {
        this.socket = socket;
        this.options = options;
        this.pool = pool;
        this.buffer = pool.takeSmall();
    }

    /** Serves until the peer ends or a line is too long. */
    void serve() throws IOException, InterruptedException {
        try {
            echoLines();
        } finally {
            pool.giveBack(buffer);
        }
    }

    /** The buffer begins with the unfinished line, if there is one; all lines of one receive are sent in one call. */
    private void echoLines() throws IOException, InterruptedException {
        int unfinished = 0;
        while (socket.recvInto(buffer) >= 0) {
            int end = buffer.position();
            int lineStart = 0;
            int from = unfinished;
            for (int newline; (newline = Newlines.find(buffer, from, end)) >= 0; from = lineStart) {
                if (newline - lineStart > EchoOptions.LINE_MAX_BYTES) {
                    refuse(lineStart);
                    return;
                }
                lineStart = newline + 1;
            }
            unfinished = end - lineStart;
            if (unfinished > EchoOptions.LINE_MAX_BYTES) {
                refuse(lineStart);
                return;
            }
            send(lineStart, end);
        }
        socket.sendAll(buffer.flip());
    }

    /** Sends the whole lines and moves the unfinished one to the front, of another buffer if that fits better. */
    private void send(int lineEnd, int end) throws IOException, InterruptedException {
        socket.sendAll(buffer.limit(lineEnd).position(0));
        buffer.limit(end).position(lineEnd);
        boolean filled = end == buffer.capacity();
        if (lineEnd == end) {
            buffer = pool.fitting(buffer, end);
        } else if (filled && (lineEnd == 0 || pool.hasLarger(buffer))) {
            ByteBuffer larger = pool.takeLarger(buffer).put(buffer);
            pool.giveBack(buffer);
            buffer = larger;
        } else {
            buffer.compact();
        }
    }

    private void refuse(int goodBytes) throws IOException, InterruptedException {
        options.complainOfLine(socket.remoteAddress());
        socket.sendAll(buffer.limit(goodBytes).position(0));
    }
}
