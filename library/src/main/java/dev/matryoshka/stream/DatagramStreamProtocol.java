package dev.matryoshka.stream;

import dev.matryoshka.address.Datagram;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.Waiter;
import dev.matryoshka.loop.BusyException;
import dev.matryoshka.stream.DatagramStreamOptions.WhenFull;
import dev.matryoshka.transport.DatagramProtocol;
import dev.matryoshka.transport.DatagramTransport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Between the transport, which calls, and the tasks of a {@link DatagramStream}, which wait. Loop thread only. */
final class DatagramStreamProtocol implements DatagramProtocol {
    final LoopEngine engine;
    final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final DatagramInbox inbox;
    private final boolean pauses;
    private final Waiter receiver = new Waiter("a datagram");
    private final Waiter sender = new Waiter("room to send a datagram");

    @SuppressWarnings("NullAway.Init") // set by connectionMade, before anybody has the stream
    private DatagramTransport transport;

    private boolean writingPaused;

    /** Receiving is paused, by us. */
    private boolean readingPaused;

    /** Inside a send: an error that comes now is the send's. */
    private boolean sending;

    private @Nullable IOException sendFailure;

    /** What broke the endpoint: a defect. */
    private @Nullable Throwable failure;

    private boolean ended;

    DatagramStreamProtocol(LoopEngine engine, DatagramStreamOptions options) {
        this.engine = engine;
        this.inbox = new DatagramInbox(options);
        this.pauses = options.whenFull() == WhenFull.PAUSE;
    }

    DatagramTransport transport() {
        return transport;
    }

    long dropped() {
        return inbox.dropped();
    }

    // ---- what the transport tells ---------------------------------------------------------------------------------

    @Override
    public void connectionMade(DatagramTransport made) {
        transport = made;
    }

    @Override
    public void datagramReceived(ByteBuffer datagram, SocketAddress from) {
        byte[] bytes = new byte[datagram.remaining()];
        datagram.get(bytes);
        inbox.add(new Datagram(bytes, from));
        if (pauses && inbox.isFull()) {
            readingPaused = true;
            transport.pauseReading();
        }
        receiver.signal();
    }

    @Override
    public void errorReceived(IOException exception) {
        if (sending) {
            sendFailure = exception;
        } else {
            inbox.add(exception);
            receiver.signal();
        }
    }

    @Override
    public void pauseWriting() {
        writingPaused = true;
    }

    @Override
    public void resumeWriting() {
        writingPaused = false;
        sender.signal();
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        ended = true;
        failure = exception;
        receiver.signal();
        sender.signal();
        closed.complete(null);
    }

    // ---- what tasks ask for ---------------------------------------------------------------------------------------

    /** Null once the stream is closed and everything that came was taken. */
    @Nullable
    Datagram receive(String method) throws IOException, InterruptedException {
        engine.members().requireTask(method);
        if (receiver.isOccupied()) {
            throw new BusyException(method + ": another task is receiving on this stream; one at a time");
        }
        while (inbox.isEmpty()) {
            if (ended || transport.isClosing()) {
                throwIfBroken();
                return null;
            }
            receiver.await();
        }
        try {
            return inbox.poll();
        } finally {
            if (readingPaused && inbox.isHalfEmpty()) {
                readingPaused = false;
                transport.resumeReading();
            }
        }
    }

    /** The own close: who waits for a datagram need not wait for the flush. */
    void close() {
        transport.close();
        receiver.signal();
    }

    void send(ByteBuffer data, @Nullable SocketAddress target) throws IOException, InterruptedException {
        awaitRoom("send");
        requireOpen();
        sending = true;
        try {
            transport.sendTo(data, target);
        } finally {
            sending = false;
        }
        IOException failed = sendFailure;
        sendFailure = null;
        if (failed != null) {
            throw failed;
        }
    }

    void awaitRoom(String method) throws IOException, InterruptedException {
        engine.members().requireTask(method);
        if (sender.isOccupied()) {
            throw new BusyException(method + ": another task waits to send on this stream; one at a time");
        }
        while (writingPaused && !ended) {
            sender.await();
        }
        throwIfBroken();
    }

    private void requireOpen() throws IOException {
        if (ended || transport.isClosing()) {
            throw new ClosedChannelException();
        }
    }

    private void throwIfBroken() throws IOException {
        if (failure != null) {
            throw new IOException("the datagram endpoint has failed: " + failure, Objects.requireNonNull(failure));
        }
    }
}
