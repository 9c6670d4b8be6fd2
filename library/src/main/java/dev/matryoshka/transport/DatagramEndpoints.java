package dev.matryoshka.transport;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.Handover;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.OwnedFuture;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Opens datagram endpoints with protocols (asyncio's {@code loop.create_datagram_endpoint}). */
public final class DatagramEndpoints {
    private DatagramEndpoints() {}

    /**
     * Opens an endpoint, and parks until {@code connectionMade} has run. Names are looked up off the loop. Of the families that both
     * ends have, the first that can be opened, bound and connected is taken.
     *
     * <p>A Unix endpoint removes a socket file at its local path that nobody has open any more. Its own file stays when it is closed,
     * as in asyncio.
     *
     * @throws IllegalArgumentException neither address and no family; addresses of two kinds; no family that both ends have
     * @throws java.net.BindException the address is in use, not ours or not permitted
     * @throws java.net.ConnectException no route to the remote address, or nobody of that Unix name
     * @throws java.net.UnknownHostException a name has no address
     * @throws IOException the first failure; those of the other families are suppressed onto it
     * @throws UnsupportedOperationException the kernel has no such sockets: {@code nio} has no Unix datagrams
     * @throws InterruptedException the task was cancelled; nothing is left open
     */
    @Parks
    public static <P extends DatagramProtocol> DatagramEndpoint<P> create(
            Loop loop, Supplier<P> factory, DatagramOptions options) throws IOException, InterruptedException {
        Engines.of(loop).members().requireTask("createDatagramEndpoint");
        return OwnedFuture.await(
                createAsync(loop, factory, options), late -> late.transport().abort());
    }

    /**
     * As {@link #create} for callbacks and for JVMs without tasks: never parks. The future completes on the loop, after
     * {@code connectionMade}; cancelling it closes what is open.
     */
    public static <P extends DatagramProtocol> CompletableFuture<DatagramEndpoint<P>> createAsync(
            Loop loop, Supplier<P> factory, DatagramOptions options) {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        return new DatagramOpening<>(engine, factory, options).start();
    }

    /**
     * Opens an endpoint on a socket of the inner doll, bound or connected as it is (asyncio's {@code sock=}): for options that
     * {@link DatagramOptions} does not have. Its old face is of no use any more. Parks until {@code connectionMade} has run.
     *
     * @param socket an {@link dev.matryoshka.socket.AsyncDatagramSocket} of this loop
     * @param options only the water marks matter; addresses, family and socket options must not be set
     * @throws IllegalArgumentException not such a socket, or the options have more than water marks; nothing has happened to it
     * @throws dev.matryoshka.loop.BusyException a task is receiving or sending on it; nothing has happened to it
     * @throws java.nio.channels.ClosedChannelException it is closed
     * @throws InterruptedException the task was cancelled; the socket is closed
     */
    @Parks
    public static <P extends DatagramProtocol> DatagramEndpoint<P> create(
            Loop loop, Supplier<P> factory, AutoCloseable socket, DatagramOptions options)
            throws IOException, InterruptedException {
        Engines.of(loop).members().requireTask("createDatagramEndpoint");
        return OwnedFuture.await(
                createAsync(loop, factory, socket, options),
                late -> late.transport().abort());
    }

    /** As {@link #create(Loop, Supplier, AutoCloseable, DatagramOptions)}, never parks. */
    public static <P extends DatagramProtocol> CompletableFuture<DatagramEndpoint<P>> createAsync(
            Loop loop, Supplier<P> factory, AutoCloseable socket, DatagramOptions options) throws IOException {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        Objects.requireNonNull(factory, "factory");
        checkOnlyMarks(options);
        NonBlockingDatagramSocket inside = Handover.detachDatagram(socket, engine);
        return new DatagramOpening<>(engine, factory, options).over(inside);
    }

    private static void checkOnlyMarks(DatagramOptions options) {
        List<String> others = new ArrayList<>();
        addIf(others, options.ends().local() != null, "local");
        addIf(others, options.ends().remote() != null, "remote");
        addIf(others, options.ends().family() != null, "family");
        addIf(others, options.socket().reusePort(), "reusePort");
        addIf(others, options.socket().broadcast(), "broadcast");
        addIf(others, !options.socket().options().isEmpty(), "socket options");
        if (!others.isEmpty()) {
            throw new IllegalArgumentException("a socket that is there cannot be given: " + String.join(", ", others));
        }
    }

    private static void addIf(List<String> names, boolean set, String name) {
        if (set) {
            names.add(name);
        }
    }
}
