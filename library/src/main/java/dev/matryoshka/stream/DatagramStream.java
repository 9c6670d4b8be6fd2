package dev.matryoshka.stream;

import dev.matryoshka.address.Datagram;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.task.Parks;
import dev.matryoshka.transport.DatagramEndpoints;
import dev.matryoshka.transport.DatagramOptions;
import dev.matryoshka.transport.DatagramTransport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams in straight-line code; asyncio has nothing like it. Loop thread only; what is marked {@link Parks} is for tasks.
 *
 * {@snippet :
 * try (DatagramStream stream = DatagramStream.open(loop, DatagramOptions.defaults().withLocal("127.0.0.1", 9999))) {
 *     for (Datagram asked; (asked = stream.receive()) != null; ) {
 *         stream.send(asked.bytes(), asked.sender());
 *     }
 * }
 * }
 *
 * <h2>Bounded both ways</h2>
 * What comes faster than it is received is kept up to a bound, and then not received or dropped, as {@link DatagramStreamOptions} say.
 * A send first parks while more is kept for sending than the high-water mark allows.
 *
 * <h2>Errors</h2>
 * No error of the network ends the stream. What a send meets is thrown by that send; what comes later, that nobody was there
 * ({@link java.net.PortUnreachableException}), is thrown by the next {@link #receive}, once, and the one after it goes on.
 *
 * <p>One task may receive while another sends; a second one that would have to wait in the same direction gets
 * {@link dev.matryoshka.loop.BusyException} at once. A call that throws {@link InterruptedException} has taken nothing and sent nothing.
 */
public final class DatagramStream implements AutoCloseable {
    private final DatagramStreamProtocol protocol;

    private DatagramStream(DatagramStreamProtocol protocol) {
        this.protocol = protocol;
    }

    /** As {@link #open(Loop, DatagramOptions, DatagramStreamOptions)} with the default queue. */
    @Parks
    public static DatagramStream open(Loop loop, DatagramOptions options) throws IOException, InterruptedException {
        return open(loop, options, DatagramStreamOptions.defaults());
    }

    /**
     * Opens an endpoint; parks until it is open, and a name looked up.
     *
     * @param options between which addresses
     * @throws IOException as {@link DatagramEndpoints#create(Loop, Supplier, DatagramOptions)}
     * @throws InterruptedException cancelled; nothing is left open
     */
    @Parks
    public static DatagramStream open(Loop loop, DatagramOptions options, DatagramStreamOptions streamOptions)
            throws IOException, InterruptedException {
        return new DatagramStream(DatagramEndpoints.create(loop, factory(loop, streamOptions), options)
                .protocol());
    }

    /**
     * Opens a stream on a socket of the inner doll, bound or connected as it is; its old face is of no use any more.
     *
     * @param socket an {@code AsyncDatagramSocket} of this loop
     * @param options only the water marks matter
     * @throws IOException as {@link DatagramEndpoints#create(Loop, Supplier, AutoCloseable, DatagramOptions)}
     */
    @Parks
    public static DatagramStream open(
            Loop loop, AutoCloseable socket, DatagramOptions options, DatagramStreamOptions streamOptions)
            throws IOException, InterruptedException {
        return new DatagramStream(DatagramEndpoints.create(loop, factory(loop, streamOptions), socket, options)
                .protocol());
    }

    private static Supplier<DatagramStreamProtocol> factory(Loop loop, DatagramStreamOptions options) {
        LoopEngine engine = Engines.of(loop);
        Objects.requireNonNull(options, "streamOptions");
        return () -> new DatagramStreamProtocol(engine, options);
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    /**
     * Waits for a datagram. What had come before {@link #close()} is still given.
     *
     * @return null once the stream is closed
     * @throws IOException an error about an earlier datagram, once; the stream goes on
     * @throws InterruptedException cancelled; no datagram was taken
     */
    @Parks
    public @Nullable Datagram receive() throws IOException, InterruptedException {
        return protocol.receive("receive");
    }

    /**
     * As {@link #receive()} into the room of a buffer, moving its position; what does not fit is lost.
     *
     * @return who sent it; null once the stream is closed
     * @throws ReadOnlyBufferException the buffer is read-only; no datagram was taken
     */
    @Parks
    public @Nullable SocketAddress receiveInto(ByteBuffer target) throws IOException, InterruptedException {
        if (target.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        Datagram datagram = protocol.receive("receiveInto");
        if (datagram == null) {
            return null;
        }
        target.put(datagram.bytes(), 0, Math.min(datagram.bytes().length, target.remaining()));
        return datagram.sender();
    }

    /** Datagrams that had come and were dropped, because the queue was full. What the system lost is not known. */
    public long droppedDatagrams() {
        protocol.engine.checkLoopThread();
        return protocol.dropped();
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    /**
     * Sends one datagram, parking first while too much is kept; an empty one is sent too. The buffer is free when it returns.
     *
     * @param target where to; null for the remote address of the options
     * @throws IOException why this datagram was not sent ({@code EMSGSIZE}, no route); the stream goes on
     * @throws java.nio.channels.ClosedChannelException the stream is closed
     * @throws IllegalArgumentException not the remote address of the options, or none at all
     * @throws InterruptedException cancelled; nothing was sent
     */
    @Parks
    public void send(ByteBuffer data, @Nullable SocketAddress target) throws IOException, InterruptedException {
        protocol.send(data, target);
    }

    /** As {@link #send(ByteBuffer, SocketAddress)}. */
    @Parks
    public void send(byte[] data, @Nullable SocketAddress target) throws IOException, InterruptedException {
        protocol.send(ByteBuffer.wrap(data), target);
    }

    /** Sends one datagram to the remote address of the options. */
    @Parks
    public void send(byte[] data) throws IOException, InterruptedException {
        send(data, null);
    }

    /**
     * Parks while more is kept for sending than the high-water mark allows. A send does so by itself; this is for those who want to
     * wait at a place of their own.
     *
     * @throws InterruptedException cancelled
     */
    @Parks
    public void drain() throws IOException, InterruptedException {
        protocol.awaitRoom("drain");
    }

    // ---- ending, asking -------------------------------------------------------------------------------------------

    /** Sends what is kept, then closes; does not wait for it. Who receives gets what is there, and then null. Idempotent. */
    @Override
    public void close() {
        protocol.close();
    }

    /**
     * Parks until the stream is closed, by whomever. Any number of tasks.
     *
     * @throws InterruptedException cancelled
     */
    @Parks
    public void waitClosed() throws InterruptedException {
        protocol.engine.members().requireTask("waitClosed");
        try {
            Void closed = protocol.closed.get();
        } catch (ExecutionException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** The transport below: groups, options, water marks, abort. */
    public DatagramTransport transport() {
        return protocol.transport();
    }

    /** The own address, or null when it is not bound yet. */
    public @Nullable SocketAddress localAddress() {
        return protocol.transport().localAddress();
    }

    /** Where {@link #send(byte[])} sends to, or null. */
    public @Nullable SocketAddress remoteAddress() {
        return protocol.transport().remoteAddress();
    }
}
