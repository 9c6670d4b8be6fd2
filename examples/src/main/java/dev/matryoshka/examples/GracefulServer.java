package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.process.Signal;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.transport.Server;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Echo that ends as a service should: SIGTERM or Ctrl-C stops accepting, who is connected may finish, and the exit code is 0. */
public final class GracefulServer {
    private static final Duration GRACE = Duration.ofSeconds(10);

    static void echo(StreamReader reader, StreamWriter writer) throws Exception {
        for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
            writer.write(data);
        }
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        EventLoop.run(loop -> {
            CompletableFuture<Signal> end = new CompletableFuture<>();
            loop.addSignalHandler(Signal.SIGTERM, () -> end.complete(Signal.SIGTERM));
            loop.addSignalHandler(Signal.SIGINT, () -> end.complete(Signal.SIGINT));
            Server server = loop.startServer(GracefulServer::echo, "127.0.0.1", port);
            System.out.println("ending of " + end.get());
            System.out.println(server.drain(GRACE));
        });
    }
}
