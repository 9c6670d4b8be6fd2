package dev.matryoshka.stream;

import dev.matryoshka.engine.CarriedThreads;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.task.Parks;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.PipeEnd;
import dev.matryoshka.transport.Pipes;
import dev.matryoshka.transport.ReadPipe;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.Transports;
import dev.matryoshka.transport.WritePipe;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes streams (asyncio's {@code open_connection} and {@code start_server}). Loop thread only.
 *
 * {@snippet :
 * try (StreamConnection echo = Streams.openConnection(loop, "localhost", 7)) {
 *     echo.writer().write("hello\n", UTF_8);
 *     String answer = echo.reader().readLine(UTF_8);
 * }
 * }
 */
public final class Streams {
    private Streams() {}

    /** As {@link #openConnection(Loop, String, int, StreamOptions, ConnectOptions)} with the defaults. */
    @Parks
    public static StreamConnection openConnection(Loop loop, String host, int port)
            throws IOException, InterruptedException {
        return openConnection(loop, host, port, StreamOptions.defaults(), ConnectOptions.defaults());
    }

    /**
     * Connects to a host; parks until it is done.
     *
     * @param host a name or a literal address
     * @param port 1 to 65535
     * @throws IOException as {@link Transports#createConnection}
     * @throws InterruptedException cancelled; nothing is left open
     */
    @Parks
    public static StreamConnection openConnection(
            Loop loop, String host, int port, StreamOptions options, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return streams(Transports.createConnection(loop, client(loop, options), host, port, connectOptions));
    }

    /**
     * As {@link #openConnection(Loop, String, int, StreamOptions, ConnectOptions)} to one of several addresses.
     *
     * @throws IOException as {@link Transports#createConnection(Loop, Supplier, List, ConnectOptions)}
     */
    @Parks
    public static StreamConnection openConnection(
            Loop loop, List<InetSocketAddress> addresses, StreamOptions options, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return streams(Transports.createConnection(loop, client(loop, options), addresses, connectOptions));
    }

    /**
     * Puts streams on a connected socket of the inner doll (asyncio's {@code open_connection(sock=...)}).
     *
     * @param socket a connected {@code AsyncSocket} of this loop
     * @throws IOException as {@link Transports#connectAcceptedSocket}
     */
    @Parks
    public static StreamConnection openConnection(
            Loop loop, AutoCloseable socket, StreamOptions options, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return streams(Transports.connectAcceptedSocket(loop, client(loop, options), socket, connectOptions));
    }

    /**
     * Connects to a Unix socket (asyncio's {@code open_unix_connection}); parks until it is done.
     *
     * @param address a {@link java.net.UnixDomainSocketAddress} or an {@link dev.matryoshka.address.AbstractUnixAddress}
     * @throws IOException as {@link Transports#createUnixConnection}
     */
    @Parks
    public static StreamConnection openUnixConnection(
            Loop loop, SocketAddress address, StreamOptions options, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return streams(Transports.createUnixConnection(loop, client(loop, options), address, connectOptions));
    }

    /** As {@link #openConnection(Loop, String, int, TlsOptions, StreamOptions, ConnectOptions)} with the defaults. */
    @Parks
    public static StreamConnection openConnection(Loop loop, String host, int port, TlsOptions tls)
            throws IOException, InterruptedException {
        return openConnection(loop, host, port, tls, StreamOptions.defaults(), ConnectOptions.defaults());
    }

    /**
     * Connects to a host over TLS; parks until the handshake is complete. The end of the input is the peer's close_notify; after
     * TLS 1.3 the own direction stays open then, after TLS 1.2 it is over too.
     *
     * @throws IOException as {@link Tls#createConnection}
     * @throws InterruptedException cancelled; nothing is left open
     */
    @Parks
    public static StreamConnection openConnection(
            Loop loop, String host, int port, TlsOptions tls, StreamOptions options, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return streams(Tls.createConnection(loop, client(loop, options), host, port, tls, connectOptions));
    }

    /** As {@link #openUnixConnection}, over TLS: the options name the server, or say that it need not be known. */
    @Parks
    public static StreamConnection openUnixConnection(
            Loop loop, SocketAddress address, TlsOptions tls, StreamOptions options, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return streams(Tls.createUnixConnection(loop, client(loop, options), address, tls, connectOptions));
    }

    private static Supplier<StreamProtocol> client(Loop loop, StreamOptions options) {
        LoopEngine engine = Engines.of(loop);
        Objects.requireNonNull(options, "options");
        return () -> new StreamProtocol(engine, options, null);
    }

    private static StreamConnection streams(Connection<StreamProtocol> made) {
        return made.protocol().connection();
    }

    /** As {@link #startServer(Loop, StreamHandler, String, int, StreamOptions, ServerOptions)} with the defaults. */
    public static Server startServer(Loop loop, StreamHandler handler, @Nullable String host, int port)
            throws IOException {
        return startServer(loop, handler, host, port, StreamOptions.defaults(), ServerOptions.defaults());
    }

    /**
     * Listens, and serves each connection in a task of its own. Closing the server does not end those tasks; closing or
     * aborting its clients does, by way of their reads and writes.
     *
     * @param handler see there for what happens when it ends; unlike in asyncio the connection is then closed
     * @param host a name or a literal address; null or empty for every interface
     * @param port 0 to 65535; 0 lets the system choose
     * @throws IOException as {@link Transports#createServer}
     * @throws IllegalStateException the JVM lacks the option that tasks need; the message names it
     */
    public static Server startServer(
            Loop loop,
            StreamHandler handler,
            @Nullable String host,
            int port,
            StreamOptions options,
            ServerOptions serverOptions)
            throws IOException {
        return Transports.createServer(loop, serving(loop, handler, options), host, port, serverOptions);
    }

    /** As {@link #startServer(Loop, StreamHandler, String, int, TlsOptions, StreamOptions, ServerOptions)} with the defaults. */
    public static Server startServer(Loop loop, StreamHandler handler, @Nullable String host, int port, TlsOptions tls)
            throws IOException {
        return startServer(loop, handler, host, port, tls, StreamOptions.defaults(), ServerOptions.defaults());
    }

    /**
     * The same over TLS: the handler is called when a handshake is complete.
     *
     * @throws IllegalArgumentException the options have no certificate to show
     */
    public static Server startServer(
            Loop loop,
            StreamHandler handler,
            @Nullable String host,
            int port,
            TlsOptions tls,
            StreamOptions options,
            ServerOptions serverOptions)
            throws IOException {
        return Tls.createServer(loop, serving(loop, handler, options), host, port, tls, serverOptions);
    }

    /**
     * Serves on a Unix socket, each connection in a task of its own (asyncio's {@code start_unix_server}).
     *
     * @param address as for {@link Transports#createUnixServer}
     * @throws IOException as {@link Transports#createUnixServer}
     * @throws IllegalStateException the JVM lacks the option that tasks need; the message names it
     */
    public static Server startUnixServer(
            Loop loop, StreamHandler handler, SocketAddress address, StreamOptions options, ServerOptions serverOptions)
            throws IOException {
        return Transports.createUnixServer(loop, serving(loop, handler, options), address, serverOptions);
    }

    /**
     * A protocol factory that serves each connection with a handler: for servers of every kind, not only those on TCP.
     *
     * @throws IllegalStateException the JVM lacks the option that tasks need; the message names it
     */
    public static Supplier<BufferedProtocol> serving(Loop loop, StreamHandler handler, StreamOptions options) {
        LoopEngine engine = Engines.of(loop);
        Objects.requireNonNull(handler, "handler");
        Objects.requireNonNull(options, "options");
        String problem = CarriedThreads.problem();
        if (problem != null) {
            throw new IllegalStateException(problem);
        }
        return () -> new StreamProtocol(engine, options, handler);
    }

    /**
     * Reads a pipe, a FIFO, a terminal or standard input; see {@link Pipes#connectReadPipe} for the exceptions.
     *
     * {@snippet :
     * try (PipeReader input = Streams.openReadPipe(loop, PipeEnd.standardInput(), StreamOptions.defaults())) {
     *     for (String line; (line = input.reader().readLine(UTF_8)) != null; ) {
     *         ...
     *     }
     * }
     * }
     */
    @Parks
    public static PipeReader openReadPipe(Loop loop, PipeEnd end, StreamOptions options)
            throws IOException, InterruptedException {
        LoopEngine engine = Engines.of(loop);
        Objects.requireNonNull(options, "options");
        ReadPipe<StreamProtocol> pipe =
                Pipes.connectReadPipe(loop, () -> new StreamProtocol(engine, options, null), end);
        return new PipeReader(pipe.protocol().connection().reader(), pipe.transport());
    }

    /** Writes to a pipe, a FIFO, a terminal or standard output; see {@link Pipes#connectWritePipe} for the exceptions. */
    @Parks
    public static StreamWriter openWritePipe(Loop loop, PipeEnd end) throws IOException, InterruptedException {
        LoopEngine engine = Engines.of(loop);
        WritePipe<StreamProtocol> pipe =
                Pipes.connectWritePipe(loop, () -> new StreamProtocol(engine, StreamOptions.defaults(), null), end);
        return pipe.protocol().connection().writer();
    }

    /**
     * Puts streams on a transport that is open already, in place of its protocol, which hears nothing any more: to go on in
     * straight-line code after a handshake that a protocol made. Bytes that protocol has received stay with it. If it had paused
     * reading, the first read resumes it; if it had heard that the peer has ended its direction, the reader is at its end.
     *
     * @throws IllegalStateException the transport is closing
     */
    public static StreamConnection over(Transport transport, StreamOptions options) {
        LoopEngine engine = Engines.of(transport.loop());
        engine.checkLoopThread();
        if (transport.isClosing()) {
            throw new IllegalStateException("the transport is closing: " + transport);
        }
        StreamProtocol protocol = new StreamProtocol(engine, options, null);
        protocol.takeOver(transport);
        return protocol.connection();
    }
}
