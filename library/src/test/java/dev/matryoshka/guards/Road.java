package dev.matryoshka.guards;

import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transports;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a conversation goes over. */
enum Road {
    TCP,
    UNIX,
    TLS;

    private static final String HOST = "127.0.0.1";

    /** What is done with an open connection, or with the way to one. */
    @FunctionalInterface
    interface Body<T> {
        void run(T given) throws Exception;
    }

    /** Makes another connection. */
    @FunctionalInterface
    interface Way {
        void connect(Asker asker) throws Exception;
    }

    /** Those that can go over it. */
    Stream<Doll> dolls() {
        return Stream.of(Doll.values()).filter(doll -> this != TLS || doll != Doll.SOCKET);
    }

    /** In a task: a connection to a server of that style, which ends with the body. */
    void connected(TestLoop on, Doll doll, Asker asker, Body<Asker> body) throws Exception {
        served(on, doll, way -> {
            way.connect(asker);
            try {
                body.run(asker);
            } finally {
                asker.close();
            }
        });
    }

    /** In a task: a server of that style, which ends after the body, when its connections have. */
    void served(TestLoop on, Doll doll, Body<Way> body) throws Exception {
        if (this == UNIX) {
            Path directory = Files.createTempDirectory("matryoshka");
            Path path = directory.resolve("s");
            try {
                served(on, doll, UnixDomainSocketAddress.of(path), body);
            } finally {
                Files.deleteIfExists(path);
                Files.delete(directory);
            }
        } else {
            served(on, doll, new InetSocketAddress(HOST, 0), body);
        }
    }

    private void served(TestLoop on, Doll doll, SocketAddress address, Body<Way> body) throws Exception {
        if (doll == Doll.SOCKET) {
            AsyncSocket listener =
                    AsyncSocket.open(on.loop, this == UNIX ? StandardProtocolFamily.UNIX : StandardProtocolFamily.INET);
            listener.bind(address);
            listener.listen();
            int port = listener.localAddress() instanceof InetSocketAddress inet ? inet.getPort() : 0;
            Task<?> accepting = on.loop.createTask("accept", () -> Doll.accept(listener));
            try {
                body.run(asker -> connect(on, asker, address, port));
            } finally {
                accepting.cancel();
                on.until("all conversations have ended", accepting::isDone);
            }
        } else {
            Server server = serve(on, doll, address);
            try {
                body.run(asker -> connect(on, asker, address, this == UNIX ? 0 : server.port()));
            } finally {
                server.close();
                server.waitClosed();
            }
        }
    }

    private Server serve(TestLoop on, Doll doll, SocketAddress address) throws Exception {
        ServerOptions options = ServerOptions.defaults();
        return switch (this) {
            case TCP -> Transports.createServer(on.loop, doll.factory(on.loop), HOST, 0, options);
            case UNIX -> Transports.createUnixServer(on.loop, doll.factory(on.loop), address, options);
            case TLS -> Tls.createServer(on.loop, doll.factory(on.loop), HOST, 0, Certificates.server(), options);
        };
    }

    private void connect(TestLoop on, Asker asker, SocketAddress address, int port) throws Exception {
        ConnectOptions options = ConnectOptions.defaults();
        switch (this) {
            case TCP -> Transports.createConnection(on.loop, () -> asker, HOST, port, options);
            case UNIX -> Transports.createUnixConnection(on.loop, () -> asker, address, options);
            case TLS -> Tls.createConnection(on.loop, () -> asker, HOST, port, Certificates.client(), options);
        }
    }
}
