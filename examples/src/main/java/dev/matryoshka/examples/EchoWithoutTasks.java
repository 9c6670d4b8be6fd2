package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;

/** A server of protocols on a loop that is opened and turned by hand: no task, and so no {@code --add-opens}. */
public final class EchoWithoutTasks {
    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        try (EventLoop loop = EventLoop.open()) {
            loop.createServer(EchoProtocolServer::new, "127.0.0.1", port);
            loop.runForever();
        }
    }
}
