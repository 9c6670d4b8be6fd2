package dev.matryoshka.layer;

import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ForwardingTransport;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Passes every call on to the transport below, after it has told a {@link Tap}. Loop thread only. */
final class TapTransport extends ForwardingTransport {
    private final Tap tap;
    private @Nullable BaseProtocol user;

    TapTransport(Transport lower, Tap tap) {
        super(lower);
        this.tap = tap;
    }

    void setUser(BaseProtocol protocol) {
        user = protocol;
    }

    @Override
    public void write(ByteBuffer data) {
        tell(data);
        lower().write(data);
    }

    @Override
    public void write(byte[] data) {
        tell(ByteBuffer.wrap(data));
        lower().write(data);
    }

    @Override
    public void writeLines(List<ByteBuffer> pieces) {
        pieces.forEach(this::tell);
        lower().writeLines(pieces);
    }

    /** What a closing connection drops was never on a wire. */
    private void tell(ByteBuffer data) {
        if (data.hasRemaining() && !isClosing()) {
            tap.written(data.slice());
        }
    }

    @Override
    public void writeEof() {
        if (!isClosing()) {
            tap.eofWritten();
        }
        lower().writeEof();
    }

    @Override
    public void close() {
        if (!isClosing()) {
            tap.ended(false);
        }
        lower().close();
    }

    @Override
    public void abort() {
        if (!isClosing()) {
            tap.ended(true);
        }
        lower().abort();
    }

    @Override
    public void pauseReading() {
        tap.called("pauseReading");
        lower().pauseReading();
    }

    @Override
    public void resumeReading() {
        tap.called("resumeReading");
        lower().resumeReading();
    }

    @Override
    public void setProtocol(BaseProtocol protocol) {
        tap.called("setProtocol");
        lower().setProtocol(TapLayer.around(protocol, tap, this));
    }

    @Override
    public BaseProtocol protocol() {
        return user != null ? user : lower().protocol();
    }

    @Override
    public String toString() {
        return lower().toString();
    }
}
