package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * A connected socket gets its protocol and its transport: the last step of each way to a connection. Loop thread only.
 *
 * <p>Here a {@link Layer} comes between the two: it is the protocol that the factory makes.
 */
final class Assembly<P extends BaseProtocol> {
    private final LoopEngine engine;
    private final CompletableFuture<Connection<P>> made = new CompletableFuture<>();

    private Assembly(LoopEngine engine) {
        this.engine = engine;
    }

    /**
     * Takes the socket over, and closes it if that fails.
     *
     * @return completes in the next pass, after connectionMade. Cancelled before, the protocol hears nothing, and the socket goes
     */
    static <P extends BaseProtocol> CompletableFuture<Connection<P>> begin(
            LoopEngine engine, NonBlockingSocket socket, Supplier<P> factory, WaterMarks marks) {
        Assembly<P> assembly = new Assembly<>(engine);
        assembly.make(socket, factory, marks);
        return assembly.made;
    }

    private void make(NonBlockingSocket socket, Supplier<P> factory, WaterMarks marks) {
        try {
            P protocol = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
            SocketTransport transport = new SocketTransport(engine, socket, protocol, marks, null);
            engine.callSoon(() -> begin(transport, protocol));
        } catch (Throwable failed) {
            socket.close();
            made.completeExceptionally(failed);
        }
    }

    private void begin(SocketTransport transport, P protocol) {
        if (made.isDone()) {
            transport.abort();
        } else if (!transport.begin()) {
            made.completeExceptionally(new ClosedChannelException());
        } else if (!made.complete(new Connection<>(transport, protocol))) {
            transport.abort(); // given up from another thread meanwhile
        }
    }
}
