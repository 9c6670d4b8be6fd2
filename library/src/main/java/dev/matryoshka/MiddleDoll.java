package dev.matryoshka;

import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.socket.AsyncDatagramSocket;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.task.Parks;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.tls.TlsSide;
import dev.matryoshka.tls.TlsTransport;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.DatagramEndpoint;
import dev.matryoshka.transport.DatagramEndpoints;
import dev.matryoshka.transport.DatagramOptions;
import dev.matryoshka.transport.DatagramProtocol;
import dev.matryoshka.transport.FileTransfers;
import dev.matryoshka.transport.PipeEnd;
import dev.matryoshka.transport.Pipes;
import dev.matryoshka.transport.ReadPipe;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.Transports;
import dev.matryoshka.transport.WritePipe;
import dev.matryoshka.transport.WriteTransport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link EventLoop} that makes servers and connections with protocols, which are called (asyncio's
 * {@code loop.create_server} and its kin). Each method is one call into the package {@code transport}, which says all the
 * rest. Loop thread only.
 */
public sealed interface MiddleDoll extends Loop permits EventLoop {
    /** Serves with protocols (asyncio {@code create_server}); see {@link Transports#createServer}. */
    default Server createServer(Supplier<? extends BaseProtocol> factory, @Nullable String host, int port)
            throws IOException {
        return createServer(factory, host, port, ServerOptions.defaults());
    }

    /** Serves with protocols; see {@link Transports#createServer}. */
    default Server createServer(
            Supplier<? extends BaseProtocol> factory, @Nullable String host, int port, ServerOptions options)
            throws IOException {
        return Transports.createServer(this, factory, host, port, options);
    }

    /** Serves on several hosts with protocols; see {@link Transports#createServer}. */
    default Server createServer(
            Supplier<? extends BaseProtocol> factory, List<String> hosts, int port, ServerOptions options)
            throws IOException {
        return Transports.createServer(this, factory, hosts, port, options);
    }

    /** Serves on a socket that is bound already (asyncio {@code create_server(sock=...)}); see {@link Transports#createServer}. */
    default Server createServer(Supplier<? extends BaseProtocol> factory, AsyncSocket socket, ServerOptions options)
            throws IOException {
        return Transports.createServer(this, factory, socket, options);
    }

    /** Serves on the path of a Unix socket (asyncio {@code create_unix_server}); see {@link Transports#createUnixServer}. */
    default Server createUnixServer(Supplier<? extends BaseProtocol> factory, Path path) throws IOException {
        return createUnixServer(factory, UnixDomainSocketAddress.of(path), ServerOptions.defaults());
    }

    /** Serves on a Unix socket, by path or abstract name; see {@link Transports#createUnixServer}. */
    default Server createUnixServer(
            Supplier<? extends BaseProtocol> factory, SocketAddress address, ServerOptions options) throws IOException {
        return Transports.createUnixServer(this, factory, address, options);
    }

    /** Reads from a pipe with a protocol (asyncio {@code connect_read_pipe}); see {@link Pipes#connectReadPipe}. */
    @Parks
    default <P extends BaseProtocol> ReadPipe<P> connectReadPipe(Supplier<P> factory, PipeEnd end)
            throws IOException, InterruptedException {
        return Pipes.connectReadPipe(this, factory, end);
    }

    /** Writes to a pipe with a protocol (asyncio {@code connect_write_pipe}); see {@link Pipes#connectWritePipe}. */
    @Parks
    default <P extends BaseProtocol> WritePipe<P> connectWritePipe(Supplier<P> factory, PipeEnd end)
            throws IOException, InterruptedException {
        return Pipes.connectWritePipe(this, factory, end);
    }

    /** Sends a whole file (asyncio {@code sendfile}); see {@link FileTransfers#sendFile}. */
    @Parks
    default long sendFile(WriteTransport transport, Path file) throws IOException, InterruptedException {
        return FileTransfers.sendFile(transport, file, SendFileOptions.defaults());
    }

    /** Sends at most so many bytes of a file, from an offset on; see {@link FileTransfers#sendFile}. */
    @Parks
    default long sendFile(WriteTransport transport, Path file, long offset, long byteCount)
            throws IOException, InterruptedException {
        return FileTransfers.sendFile(
                transport, file, SendFileOptions.defaults().withOffset(offset).withByteCount(byteCount));
    }

    /** Sends a file; see {@link FileTransfers#sendFile}. */
    @Parks
    default long sendFile(WriteTransport transport, Path file, SendFileOptions options)
            throws IOException, InterruptedException {
        return FileTransfers.sendFile(transport, file, options);
    }

    /** Sends a file that is open; see {@link FileTransfers#sendFile(WriteTransport, FileChannel, SendFileOptions)}. */
    @Parks
    default long sendFile(WriteTransport transport, FileChannel file, SendFileOptions options)
            throws IOException, InterruptedException {
        return FileTransfers.sendFile(transport, file, options);
    }

    /** As {@code sendFile} for callbacks: never parks; see {@link FileTransfers#sendFileAsync}. */
    default CompletableFuture<Long> sendFileAsync(WriteTransport transport, Path file) {
        return FileTransfers.sendFileAsync(transport, file, SendFileOptions.defaults());
    }

    /** Connects a protocol (asyncio {@code create_connection}); see {@link Transports#createConnection}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> createConnection(Supplier<P> factory, String host, int port)
            throws IOException, InterruptedException {
        return Transports.createConnection(this, factory, host, port, ConnectOptions.defaults());
    }

    /** Connects a protocol; see {@link Transports#createConnection}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> createConnection(
            Supplier<P> factory, String host, int port, ConnectOptions options)
            throws IOException, InterruptedException {
        return Transports.createConnection(this, factory, host, port, options);
    }

    /** Connects a protocol to one of several addresses; see {@link Transports#createConnection(Loop, Supplier, List, ConnectOptions)}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> createConnection(
            Supplier<P> factory, List<InetSocketAddress> addresses, ConnectOptions options)
            throws IOException, InterruptedException {
        return Transports.createConnection(this, factory, addresses, options);
    }

    /** Puts a protocol on a connected socket (asyncio's {@code sock=}); see {@link Transports#connectAcceptedSocket}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> createConnection(
            Supplier<P> factory, AsyncSocket socket, ConnectOptions options) throws IOException, InterruptedException {
        return Transports.connectAcceptedSocket(this, factory, socket, options);
    }

    /** Puts a protocol on an accepted socket (asyncio {@code connect_accepted_socket}); see {@link Transports#connectAcceptedSocket}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> connectAcceptedSocket(
            Supplier<P> factory, AsyncSocket socket, ConnectOptions options) throws IOException, InterruptedException {
        return Transports.connectAcceptedSocket(this, factory, socket, options);
    }

    /** Connects a protocol to a Unix socket's file (asyncio {@code create_unix_connection}); see {@link Transports#createUnixConnection}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> createUnixConnection(Supplier<P> factory, Path path)
            throws IOException, InterruptedException {
        return createUnixConnection(factory, UnixDomainSocketAddress.of(path), ConnectOptions.defaults());
    }

    /** Connects a protocol to a Unix address, also an abstract one; see {@link Transports#createUnixConnection}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> createUnixConnection(
            Supplier<P> factory, SocketAddress address, ConnectOptions options)
            throws IOException, InterruptedException {
        return Transports.createUnixConnection(this, factory, address, options);
    }

    /** As {@code createConnection} for callbacks: never parks; see {@link Transports#createConnectionAsync}. */
    default <P extends BaseProtocol> CompletableFuture<Connection<P>> createConnectionAsync(
            Supplier<P> factory, String host, int port) {
        return Transports.createConnectionAsync(this, factory, host, port, ConnectOptions.defaults());
    }

    /** As {@code createConnection} with options for callbacks: never parks; see {@link Transports#createConnectionAsync}. */
    default <P extends BaseProtocol> CompletableFuture<Connection<P>> createConnectionAsync(
            Supplier<P> factory, String host, int port, ConnectOptions options) {
        return Transports.createConnectionAsync(this, factory, host, port, options);
    }

    // ---- datagrams ------------------------------------------------------------------------------------------------

    /** Opens a datagram endpoint (asyncio {@code create_datagram_endpoint}); see {@link DatagramEndpoints#create}. */
    @Parks
    default <P extends DatagramProtocol> DatagramEndpoint<P> createDatagramEndpoint(
            Supplier<P> factory, DatagramOptions options) throws IOException, InterruptedException {
        return DatagramEndpoints.create(this, factory, options);
    }

    /** Opens a datagram endpoint on a socket (asyncio's {@code sock=}); see {@link DatagramEndpoints#create}. */
    @Parks
    default <P extends DatagramProtocol> DatagramEndpoint<P> createDatagramEndpoint(
            Supplier<P> factory, AsyncDatagramSocket socket, DatagramOptions options)
            throws IOException, InterruptedException {
        return DatagramEndpoints.create(this, factory, socket, options);
    }

    /** As {@code createDatagramEndpoint} for callbacks: never parks; see {@link DatagramEndpoints#createAsync}. */
    default <P extends DatagramProtocol> CompletableFuture<DatagramEndpoint<P>> createDatagramEndpointAsync(
            Supplier<P> factory, DatagramOptions options) {
        return DatagramEndpoints.createAsync(this, factory, options);
    }

    // ---- over TLS -------------------------------------------------------------------------------------------------

    /** Serves with protocols over TLS (asyncio {@code create_server(ssl=...)}); see {@link Tls#createServer}. */
    default Server createServer(
            Supplier<? extends BaseProtocol> factory, @Nullable String host, int port, TlsOptions tls)
            throws IOException {
        return Tls.createServer(this, factory, host, port, tls, ServerOptions.defaults());
    }

    /** Serves with protocols over TLS; see {@link Tls#createServer}. */
    default Server createServer(
            Supplier<? extends BaseProtocol> factory,
            @Nullable String host,
            int port,
            TlsOptions tls,
            ServerOptions options)
            throws IOException {
        return Tls.createServer(this, factory, host, port, tls, options);
    }

    /** Connects a protocol over TLS (asyncio {@code create_connection(ssl=...)}); see {@link Tls#createConnection}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> createConnection(
            Supplier<P> factory, String host, int port, TlsOptions tls) throws IOException, InterruptedException {
        return Tls.createConnection(this, factory, host, port, tls, ConnectOptions.defaults());
    }

    /** Connects a protocol over TLS; see {@link Tls#createConnection}. */
    @Parks
    default <P extends BaseProtocol> Connection<P> createConnection(
            Supplier<P> factory, String host, int port, TlsOptions tls, ConnectOptions options)
            throws IOException, InterruptedException {
        return Tls.createConnection(this, factory, host, port, tls, options);
    }

    /** As {@code createConnection} over TLS for callbacks: never parks; see {@link Tls#createConnectionAsync}. */
    default <P extends BaseProtocol> CompletableFuture<Connection<P>> createConnectionAsync(
            Supplier<P> factory, String host, int port, TlsOptions tls) {
        return Tls.createConnectionAsync(this, factory, host, port, tls, ConnectOptions.defaults());
    }

    /** Turns a connection that stands into a TLS one (asyncio {@code start_tls}); see {@link Tls#startTls}. */
    @Parks
    default TlsTransport startTls(Transport transport, BaseProtocol protocol, TlsOptions tls, TlsSide side)
            throws IOException, InterruptedException {
        return Tls.startTls(transport, protocol, tls, side);
    }
}
