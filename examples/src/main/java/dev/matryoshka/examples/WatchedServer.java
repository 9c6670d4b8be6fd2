package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.inspect.LoopGauges;
import dev.matryoshka.process.Signal;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Server;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.time.Duration;

/** Echo that tells how its loop is: figures from time to time, and on SIGHUP all that it holds. */
public final class WatchedServer {
    private WatchedServer() {}

    static void echo(StreamReader reader, StreamWriter writer) throws Exception {
        for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
            writer.write(data);
        }
    }

    static void watch(EventLoop loop, Server server, Duration period, PrintStream log) throws InterruptedException {
        while (true) {
            LoopGauges before = loop.gauges();
            Task.sleep(period);
            LoopGauges now = loop.gauges();
            log.printf(
                    "%d connections, %d tasks, %d switches, %d slow%n",
                    server.clientCount(),
                    now.tasks(),
                    now.taskSwitches() - before.taskSwitches(),
                    now.slowCallbacks() - before.slowCallbacks());
        }
    }

    static void serve(EventLoop loop, int port, Duration period, PrintStream log) throws Exception {
        loop.addSignalHandler(Signal.SIGHUP, () -> log.print(loop.snapshot().ps()));
        Server server = loop.startServer(WatchedServer::echo, "127.0.0.1", port);
        loop.createTask("watch", () -> watch(loop, server, period, log));
        server.serveForever();
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        EventLoop.run(loop -> serve(loop, port, Duration.ofSeconds(10), System.out));
    }
}
