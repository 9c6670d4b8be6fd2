package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.task.TaskGroup;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Passes connections on to another server: both directions at once, each with its own end and its own pace. Arguments: the port
 * to serve on, the port to pass on to.
 */
public final class TcpProxy {
    private TcpProxy() {}

    static void pass(StreamReader reader, StreamWriter writer, EventLoop loop, int upstreamPort) throws Exception {
        try (StreamConnection upstream = loop.openConnection("127.0.0.1", upstreamPort)) {
            TaskGroup.run(group -> {
                group.createTask(() -> pump(reader, upstream.writer()));
                group.createTask(() -> pump(upstream.reader(), writer));
            });
        } catch (IOException broken) {
            writer.transport().abort(); // one side is gone: what is on the way to the other has no meaning any more
        }
    }

    /** Back-pressure: a write parks while its peer does not read, and then nothing is read here either. */
    private static void pump(StreamReader from, StreamWriter to) throws IOException, InterruptedException {
        for (ByteBuffer data; (data = from.read()).hasRemaining(); ) {
            to.write(data);
        }
        to.writeEof(); // half-close: the other direction goes on until its own end
    }

    public static void main(String... args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int upstreamPort = Integer.parseInt(args[1]);
        EventLoop.run(loop -> loop.startServer(
                        (reader, writer) -> pass(reader, writer, loop, upstreamPort), "127.0.0.1", port)
                .serveForever());
    }
}
