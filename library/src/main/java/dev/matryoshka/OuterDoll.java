package dev.matryoshka;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamHandler;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.stream.Streams;
import dev.matryoshka.task.Parks;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import java.io.IOException;
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
}
