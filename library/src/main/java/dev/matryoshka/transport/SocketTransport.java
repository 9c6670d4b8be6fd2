package dev.matryoshka.transport;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.ChannelListener;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.PassEndListener;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Loop;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A transport over a stream socket (asyncio's {@code _SelectorSocketTransport}).
 *
 * <p>One receive per readiness and pass, 256 KiB at most: no connection starves another. What a callback of this connection
 * writes is sent when the callback returns, in one call; what is written from elsewhere is sent at the end of the pass.
 * Writes of {@value #DIRECT_BYTES} bytes and more go out at once and are not copied: for them the copy would cost more than
 * the call that it might save.
 *
 * <p>Every way out leads through {@link #end}, which leaves OPEN or FLUSHING once, and to {@link #lost}, which runs once.
 */
final class SocketTransport implements Transport, ChannelListener, PassEndListener {
    /** From here on a write is sent directly. Copying 8 KiB costs some 200 ns, a send some 4 us. */
    static final int DIRECT_BYTES = 8 * 1024;

    private static final System.Logger LOG = System.getLogger("dev.matryoshka.transport");

    /** After this many dropped writes one warning is logged (asyncio's LOG_THRESHOLD_FOR_CONNLOST_WRITES). */
    private static final int DROPS_BEFORE_WARNING = 5;

    private final LoopEngine engine;
    private final Channel channel;
    private final WriteBuffer buffer;
    private final FlowControl flow;
    private final Receiver receiver;
    private final @Nullable ClientList clients;

    private TransportState state = TransportState.NEW;
    private ReadState readState = ReadState.READING;
    private WriteState writeState = WriteState.OPEN;

    /** Inside a receiving callback: what it writes is sent when it returns. */
    private boolean receiving;

    /** Stands in the engine's list for the end of the pass. */
    private boolean flushQueued;

    /** Whether connectionMade was called, so that connectionLost is due. */
    private boolean made;

    private @Nullable Throwable cause;
    private long bytesOut;
    private long bytesDropped;
    private int drops;
    private final long openedNanos;

    /** Neighbours in {@link ClientList}. */
    @Nullable SocketTransport previousClient;

    @Nullable SocketTransport nextClient;

    /**
     * Takes a connected socket over and schedules {@code connectionMade}.
     *
     * @param clients the server's list that it stands in until it is lost, or null
     * @throws IOException the socket cannot be watched; it is still the caller's
     */
    SocketTransport(
            LoopEngine engine,
            NonBlockingSocket socket,
            BaseProtocol protocol,
            WaterMarks marks,
            @Nullable ClientList clients)
            throws IOException {
        this.engine = engine;
        this.buffer = new WriteBuffer(engine.chunks());
        this.flow = new FlowControl(marks);
        this.clients = clients;
        this.openedNanos = engine.time();
        this.channel = engine.watch(socket, this);
        this.receiver = new Receiver(this, channel, engine.receiveChunk(), protocol);
        if (clients != null) {
            clients.add(this);
        }
        ConnectionEvents.opened(this);
    }

    /** Calls {@code connectionMade}, then lets bytes come. Returns false when the end came first. */
    boolean begin() {
        if (state != TransportState.NEW) {
            return false;
        }
        state = state.to(TransportState.OPEN);
        made = true;
        try {
            protocol().connectionMade(this);
        } catch (Throwable escaped) {
            report("Exception in callback connectionMade()", escaped);
        }
        if (state == TransportState.OPEN && readState == ReadState.READING) {
            channel.wantRead(true);
        }
        return true;
    }

    // ---- receiving ------------------------------------------------------------------------------------------------

    @Override
    public boolean onReadable() {
        if (readState != ReadState.READING || state != TransportState.OPEN) {
            channel.wantRead(false);
            return false;
        }
        receiving = true;
        try {
            if (receiver.receive() == NonBlockingSocket.EOF) {
                onEof();
            }
        } finally {
            receiving = false;
        }
        if (!buffer.isEmpty()) {
            flush();
        }
        return channel.isReadable() && readState == ReadState.READING && state == TransportState.OPEN;
    }

    private void onEof() {
        readState = ReadState.EOF;
        channel.wantRead(false);
        boolean keepOpen;
        try {
            keepOpen = receiver.eofReceived();
        } catch (Throwable escaped) {
            fatal("Fatal error: protocol.eofReceived() call failed.", escaped);
            return;
        }
        if (!keepOpen) {
            close();
        }
    }

    /** A reset on a connection that neither reads nor writes would stay unseen for ever (Netty's CVE-2026-42577). */
    @Override
    public void onHangup() {
        if (state == TransportState.OPEN && readState == ReadState.EOF) {
            IOException error = channel.socket().takeError();
            if (error != null) {
                fatal("Connection broken while idle", error);
            }
        }
    }

    @Override
    public void pauseReading() {
        engine.checkLoopThread();
        if (!state.isClosing() && readState == ReadState.READING) {
            readState = ReadState.PAUSED;
            channel.wantRead(false);
        }
    }

    @Override
    public void resumeReading() {
        engine.checkLoopThread();
        if (!state.isClosing() && readState == ReadState.PAUSED) {
            readState = ReadState.READING;
            if (state == TransportState.OPEN) {
                channel.wantRead(true);
            }
        }
    }

    @Override
    public boolean isReading() {
        return readState == ReadState.READING && !state.isClosing();
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @Override
    public void write(byte[] data) {
        write(ByteBuffer.wrap(data));
    }

    @Override
    public void write(ByteBuffer data) {
        if (!admit(data.remaining())) {
            data.position(data.limit());
            return;
        }
        if (data.remaining() >= DIRECT_BYTES && channel.isWritable() && !sendNow(data)) {
            return;
        }
        if (data.hasRemaining()) {
            buffer.append(data);
        }
        wrote();
    }

    @Override
    public void writeLines(List<ByteBuffer> pieces) {
        long total = 0;
        for (ByteBuffer piece : pieces) {
            total += piece.remaining();
        }
        boolean admitted = admit(total);
        for (ByteBuffer piece : pieces) {
            if (!admitted) {
                piece.position(piece.limit());
            } else if (piece.hasRemaining()) {
                buffer.append(piece);
            }
        }
        if (admitted) {
            wrote();
        }
    }

    /** Whether bytes can still be sent; counts those that cannot. */
    private boolean admit(long byteCount) {
        engine.checkLoopThread();
        if (writeState != WriteState.OPEN) {
            throw new IllegalStateException("cannot write after writeEof(): " + this);
        }
        if (!state.isClosing()) {
            return byteCount > 0;
        }
        bytesDropped += byteCount;
        if (byteCount > 0 && ++drops == DROPS_BEFORE_WARNING) {
            LOG.log(System.Logger.Level.WARNING, "writing to a connection that is over: " + this);
        }
        return false;
    }

    /** A large write goes out without a copy, behind what is queued; false when that broke the connection. */
    private boolean sendNow(ByteBuffer data) {
        int before = data.remaining() + buffer.size();
        try {
            if (buffer.isEmpty()) {
                channel.send(data);
            } else {
                buffer.flushWith(channel, data);
            }
        } catch (IOException broken) {
            data.position(data.limit());
            fatal("Fatal write error on socket transport", broken);
            return false;
        }
        bytesOut += before - data.remaining() - buffer.size();
        return true;
    }

    /** After bytes were queued, or a large write was sent. */
    private void wrote() {
        if (!channel.isWritable()) {
            channel.wantWrite(!buffer.isEmpty());
        } else if (flow.isAbove(buffer.size()) || buffer.size() >= DIRECT_BYTES * 4) {
            flush();
        } else if (!receiving && !flushQueued && !buffer.isEmpty()) {
            flushQueued = true;
            engine.atPassEnd(this);
        }
        if (!state.isOver()) {
            flow.grown(buffer.size(), protocol(), this::pauseFailed);
        }
    }

    @Override
    public void onPassEnd() {
        flushQueued = false;
        if (!buffer.isEmpty()) {
            flush();
        }
    }

    @Override
    public void onWritable() {
        flush();
    }

    /** Sends what is queued. Afterwards protocol callbacks may have run, and any of them may have ended the connection. */
    private void flush() {
        if (state.isOver()) {
            return;
        }
        int before = buffer.size();
        try {
            buffer.flush(channel);
        } catch (IOException broken) {
            fatal("Fatal write error on socket transport", broken);
            return;
        }
        bytesOut += before - buffer.size();
        channel.wantWrite(!buffer.isEmpty());
        flow.shrunk(buffer.size(), protocol(), this::resumeFailed);
        if (buffer.isEmpty()) {
            if (state == TransportState.FLUSHING) {
                end(null);
            } else if (writeState == WriteState.EOF_QUEUED && !state.isOver()) {
                shutDownOutput();
            }
        }
    }

    private void pauseFailed(Throwable escaped) {
        report("protocol.pauseWriting() failed", escaped);
    }

    private void resumeFailed(Throwable escaped) {
        report("protocol.resumeWriting() failed", escaped);
    }

    @Override
    public void writeEof() {
        engine.checkLoopThread();
        if (state.isClosing() || writeState != WriteState.OPEN) {
            return;
        }
        writeState = WriteState.EOF_QUEUED;
        if (!buffer.isEmpty()) {
            flush();
        } else {
            shutDownOutput();
        }
    }

    private void shutDownOutput() {
        writeState = WriteState.SHUT;
        try {
            channel.socket().shutdownOutput();
        } catch (IOException broken) {
            fatal("Fatal write error on socket transport", broken);
        }
    }

    @Override
    public boolean canWriteEof() {
        return true;
    }

    @Override
    public void setWriteBufferLimits(WaterMarks marks) {
        engine.checkLoopThread();
        flow.setMarks(marks);
        if (!state.isOver()) {
            flow.grown(buffer.size(), protocol(), this::pauseFailed);
            flow.shrunk(buffer.size(), protocol(), this::resumeFailed);
        }
    }

    // ---- ending ---------------------------------------------------------------------------------------------------

    @Override
    public void close() {
        engine.checkLoopThread();
        if (state.isClosing()) {
            return;
        }
        if (!buffer.isEmpty() && state == TransportState.OPEN) {
            flushBeforeClose();
        } else {
            end(null);
        }
    }

    private void flushBeforeClose() {
        state = state.to(TransportState.FLUSHING);
        channel.wantRead(false);
        if (!receiving && channel.isWritable()) {
            flush();
        }
    }

    @Override
    public void abort() {
        engine.checkLoopThread();
        end(null);
    }

    /** Something broke: a failure of the network is news for the protocol only, a failure of code for the handler too. */
    void fatal(String message, Throwable exception) {
        if (!(exception instanceof IOException)) {
            report(message, exception);
        }
        end(exception);
    }

    /** The one way out: drops what is buffered and schedules connectionLost; nothing when that has been done. */
    private void end(@Nullable Throwable exception) {
        if (state.isOver()) {
            return;
        }
        state = state.to(TransportState.ENDING);
        cause = exception;
        bytesDropped += buffer.size();
        buffer.clear();
        channel.wantRead(false);
        channel.wantWrite(false);
        engine.callSoon(this::lost);
    }

    /** Runs once: connectionLost, then the socket goes. A connection that was never made is not lost either. */
    private void lost() {
        state = state.to(TransportState.ENDED);
        try {
            if (made) {
                protocol().connectionLost(cause);
            }
        } catch (Throwable escaped) {
            report("Exception in callback connectionLost()", escaped);
        } finally {
            channel.close();
            if (clients != null) {
                clients.remove(this);
            }
            ConnectionEvents.closed(this, engine.time() - openedNanos);
        }
    }

    @Override
    public void onLoopClosing() {
        end(null);
    }

    @Override
    public boolean isClosing() {
        return state.isClosing();
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    private void report(String message, Throwable exception) {
        engine.reporter()
                .report(ExceptionContext.of(message, exception)
                        .with("transport", this)
                        .with("protocol", protocol()));
    }

    @Override
    public void setProtocol(BaseProtocol protocol) {
        engine.checkLoopThread();
        receiver.setProtocol(protocol);
    }

    @Override
    public BaseProtocol protocol() {
        return receiver.protocol();
    }

    @Override
    public Loop loop() {
        return engine.face();
    }

    @Override
    public WaterMarks writeBufferLimits() {
        return flow.marks();
    }

    @Override
    public int writeBufferSize() {
        return buffer.size();
    }

    @Override
    public long droppedBytes() {
        return bytesDropped;
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return channel.socket().localAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return channel.socket().remoteAddress();
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        engine.checkLoopThread();
        channel.socket().setOption(option, value);
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        engine.checkLoopThread();
        return channel.socket().getOption(option);
    }

    long bytesIn() {
        return receiver.bytesIn();
    }

    long bytesOut() {
        return bytesOut;
    }

    @Nullable Throwable cause() {
        return cause;
    }

    @Override
    public String toString() {
        return "SocketTransport[" + localAddress() + " -> " + remoteAddress() + ", " + state + ", read=" + readState
                + ", write=" + writeState + ", buffered=" + buffer.size() + "]";
    }
}
