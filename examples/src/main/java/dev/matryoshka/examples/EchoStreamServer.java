package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import java.nio.ByteBuffer;

/** Echo on the outer doll: a task per connection. A write parks while the peer does not read; returning closes. */
public final class EchoStreamServer {
    static void echo(StreamReader reader, StreamWriter writer) throws Exception {
        for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
            writer.write(data);
        }
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        EventLoop.run(loop ->
                loop.startServer(EchoStreamServer::echo, "127.0.0.1", port).serveForever());
    }
}
