package dev.matryoshka.transport;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.PipeMode;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.task.Parks;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * Puts transports on pipes, FIFOs, terminals and standard streams (asyncio's {@code loop.connect_read_pipe} and
 * {@code loop.connect_write_pipe}). Loop thread only.
 *
 * {@snippet :
 * ReadPipe<MyProtocol> input = Pipes.connectReadPipe(loop, MyProtocol::new, PipeEnd.standardInput());
 * }
 */
public final class Pipes {
    private Pipes() {}

    /**
     * Reads from a pipe: {@code connectionMade dataReceived* eofReceived connectionLost}; the end of the stream is the end of the
     * transport, whatever {@code eofReceived} answers. Parks until {@code connectionMade} has run.
     *
     * @throws IllegalArgumentException the end cannot be read, or is neither a pipe, a socket nor a character device
     * @throws UnsupportedOperationException the loop's kernel cannot, and no thread can help
     * @throws IOException it cannot be opened or watched
     * @throws InterruptedException cancelled; nothing is left open
     */
    @Parks
    public static <P extends BaseProtocol> ReadPipe<P> connectReadPipe(Loop loop, Supplier<P> factory, PipeEnd end)
            throws IOException, InterruptedException {
        Engines.of(loop).members().requireTask("connectReadPipe");
        Opened<P> opened = open(loop, factory, end, PipeMode.READ);
        opened.await();
        return new ReadPipe<>(opened.transport, opened.protocol);
    }

    /**
     * Writes to a pipe. {@code writeEof} is {@code close}: what was written is sent, then the pipe is closed, then
     * {@code connectionLost(null)} comes. When the reader goes away {@code connectionLost} comes at once where the kernel can tell
     * (not on {@code nio}): with null when nothing was left to be sent, else with a broken pipe. Parks until {@code connectionMade} has
     * run.
     *
     * @throws IllegalArgumentException the end cannot be written, or is neither a pipe, a socket nor a character device
     * @throws UnsupportedOperationException the loop's kernel cannot, and no thread can help
     * @throws IOException it cannot be opened or watched; a FIFO that nobody reads cannot be opened
     * @throws InterruptedException cancelled; nothing is left open
     */
    @Parks
    public static <P extends BaseProtocol> WritePipe<P> connectWritePipe(Loop loop, Supplier<P> factory, PipeEnd end)
            throws IOException, InterruptedException {
        Engines.of(loop).members().requireTask("connectWritePipe");
        Opened<P> opened = open(loop, factory, end, PipeMode.WRITE);
        opened.await();
        return new WritePipe<>(opened.transport, opened.protocol);
    }

    /** As {@link #connectReadPipe} for callbacks and for JVMs without tasks: never parks; {@code connectionMade} comes soon. */
    public static <P extends BaseProtocol> ReadPipe<P> openReadPipe(Loop loop, Supplier<P> factory, PipeEnd end)
            throws IOException {
        Opened<P> opened = open(loop, factory, end, PipeMode.READ);
        return new ReadPipe<>(opened.transport, opened.protocol);
    }

    /** As {@link #connectWritePipe} for callbacks and for JVMs without tasks: never parks; {@code connectionMade} comes soon. */
    public static <P extends BaseProtocol> WritePipe<P> openWritePipe(Loop loop, Supplier<P> factory, PipeEnd end)
            throws IOException {
        Opened<P> opened = open(loop, factory, end, PipeMode.WRITE);
        return new WritePipe<>(opened.transport, opened.protocol);
    }

    private static <P extends BaseProtocol> Opened<P> open(Loop loop, Supplier<P> factory, PipeEnd end, PipeMode mode)
            throws IOException {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        P protocol = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
        PipeTransport transport = end.connect(engine, mode, protocol, WaterMarks.DEFAULT);
        CompletableFuture<Boolean> made = new CompletableFuture<>();
        var ignored = engine.callSoon(() -> made.complete(transport.begin()));
        return new Opened<>(transport, protocol, made);
    }

    private record Opened<P>(PipeTransport transport, P protocol, CompletableFuture<Boolean> made) {
        @Parks
        void await() throws IOException, InterruptedException {
            try {
                if (!made.get()) {
                    throw new ClosedChannelException();
                }
            } catch (InterruptedException cancelled) {
                transport.abort();
                throw cancelled;
            } catch (ExecutionException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }
}
