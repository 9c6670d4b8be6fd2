package dev.matryoshka;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.DatagramStream;
import dev.matryoshka.stream.DatagramStreamOptions;
import dev.matryoshka.stream.PipeReader;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamHandler;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.stream.Streams;
import dev.matryoshka.task.Parks;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.DatagramOptions;
import dev.matryoshka.transport.PipeEnd;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link EventLoop} that makes streams, for straight-line code (asyncio's {@code open_connection},
 * {@code start_server}). Each method is one call into the package {@code stream}, which says all the rest. Loop thread only.
 */
public sealed interface OuterDoll extends Loop permits EventLoop {
    /** Serves with streams, a task per connection (asyncio {@code start_server}); see {@link Streams#startServer}. */
    default Server startServer(StreamHandler handler, @Nullable String host, int port) throws IOException {
        return Streams.startServer(this, handler, host, port);
    }

    /** Serves with streams and options; see {@link Streams#startServer}. */
    default Server startServer(
            StreamHandler handler,
            @Nullable String host,
            int port,
            StreamOptions streamOptions,
            ServerOptions serverOptions)
            throws IOException {
        return Streams.startServer(this, handler, host, port, streamOptions, serverOptions);
    }

    /** Serves on the path of a Unix socket (asyncio {@code start_unix_server}); see {@link Streams#startUnixServer}. */
    default Server startUnixServer(StreamHandler handler, Path path) throws IOException {
        return startUnixServer(
                handler, UnixDomainSocketAddress.of(path), StreamOptions.defaults(), ServerOptions.defaults());
    }

    /** Serves on a Unix socket, by path or abstract name; see {@link Streams#startUnixServer}. */
    default Server startUnixServer(
            StreamHandler handler, SocketAddress address, StreamOptions streamOptions, ServerOptions serverOptions)
            throws IOException {
        return Streams.startUnixServer(this, handler, address, streamOptions, serverOptions);
    }

    /** Connects streams (asyncio {@code open_connection}); see {@link Streams#openConnection}. */
    @Parks
    default StreamConnection openConnection(String host, int port) throws IOException, InterruptedException {
        return Streams.openConnection(this, host, port);
    }

    /** Connects streams with options; see {@link Streams#openConnection}. */
    @Parks
    default StreamConnection openConnection(
            String host, int port, StreamOptions streamOptions, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return Streams.openConnection(this, host, port, streamOptions, connectOptions);
    }

    /** Connects streams to one of several addresses; see {@link Streams#openConnection}. */
    @Parks
    default StreamConnection openConnection(
            List<InetSocketAddress> addresses, StreamOptions streamOptions, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return Streams.openConnection(this, addresses, streamOptions, connectOptions);
    }

    /** Puts streams on a connected socket; see {@link Streams#openConnection}. */
    @Parks
    default StreamConnection openConnection(
            AsyncSocket socket, StreamOptions streamOptions, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return Streams.openConnection(this, socket, streamOptions, connectOptions);
    }

    /** Connects streams to a Unix socket's file (asyncio {@code open_unix_connection}); see {@link Streams#openUnixConnection}. */
    @Parks
    default StreamConnection openUnixConnection(Path path) throws IOException, InterruptedException {
        return openUnixConnection(
                UnixDomainSocketAddress.of(path), StreamOptions.defaults(), ConnectOptions.defaults());
    }

    /** Connects streams to a Unix address, also an abstract one; see {@link Streams#openUnixConnection}. */
    @Parks
    default StreamConnection openUnixConnection(
            SocketAddress address, StreamOptions streamOptions, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return Streams.openUnixConnection(this, address, streamOptions, connectOptions);
    }

    /** Opens a stream of datagrams; asyncio has none. See {@link DatagramStream}. */
    @Parks
    default DatagramStream openDatagrams(DatagramOptions options) throws IOException, InterruptedException {
        return DatagramStream.open(this, options);
    }

    /** Opens a stream of datagrams with a queue of its own; see {@link DatagramStream}. */
    @Parks
    default DatagramStream openDatagrams(DatagramOptions options, DatagramStreamOptions streamOptions)
            throws IOException, InterruptedException {
        return DatagramStream.open(this, options, streamOptions);
    }

    // ---- over TLS -------------------------------------------------------------------------------------------------

    /** Serves with streams over TLS (asyncio {@code start_server(ssl=...)}); see {@link Streams#startServer}. */
    default Server startServer(StreamHandler handler, @Nullable String host, int port, TlsOptions tls)
            throws IOException {
        return Streams.startServer(this, handler, host, port, tls);
    }

    /** Serves with streams over TLS and options; see {@link Streams#startServer}. */
    default Server startServer(
            StreamHandler handler,
            @Nullable String host,
            int port,
            TlsOptions tls,
            StreamOptions streamOptions,
            ServerOptions serverOptions)
            throws IOException {
        return Streams.startServer(this, handler, host, port, tls, streamOptions, serverOptions);
    }

    /** Connects streams over TLS (asyncio {@code open_connection(ssl=...)}); see {@link Streams#openConnection}. */
    @Parks
    default StreamConnection openConnection(String host, int port, TlsOptions tls)
            throws IOException, InterruptedException {
        return Streams.openConnection(this, host, port, tls);
    }

    /** Connects streams over TLS with options; see {@link Streams#openConnection}. */
    @Parks
    default StreamConnection openConnection(
            String host, int port, TlsOptions tls, StreamOptions streamOptions, ConnectOptions connectOptions)
            throws IOException, InterruptedException {
        return Streams.openConnection(this, host, port, tls, streamOptions, connectOptions);
    }

    /** Reads a pipe, a FIFO, a terminal or standard input line by line; see {@link Streams#openReadPipe}. */
    @Parks
    default PipeReader openReadPipe(PipeEnd end) throws IOException, InterruptedException {
        return Streams.openReadPipe(this, end, StreamOptions.defaults());
    }

    /** Writes to a pipe, a FIFO, a terminal or standard output; see {@link Streams#openWritePipe}. */
    @Parks
    default StreamWriter openWritePipe(PipeEnd end) throws IOException, InterruptedException {
        return Streams.openWritePipe(this, end);
    }
}
