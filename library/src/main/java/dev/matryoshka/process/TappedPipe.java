package dev.matryoshka.process;

import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.ForwardingTransport;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A pipe of a child, as its users see it: whatever protocol they give it (streams do), the child's transport hears of its end.
 * Loop thread only.
 *
 * <pre>
 *   pipe transport ──▶ tap ──▶ your protocol, a stream's, or PipeProtocol ──▶ SubprocessProtocol
 *                       └── its end ──▶ ChildTransport
 * </pre>
 */
final class TappedPipe extends ForwardingTransport {
    private final ChildTransport child;
    private final int stream;
    private BaseProtocol user;

    private TappedPipe(Transport pipe, ChildTransport child, int stream, BaseProtocol user) {
        super(pipe);
        this.child = child;
        this.stream = stream;
        this.user = user;
    }

    /** Puts itself between a fresh transport and its protocol, which is then one that tells the child's. */
    static TappedPipe on(Transport pipe, ChildTransport child, int stream, PipeProtocol told) {
        TappedPipe tapped = new TappedPipe(pipe, child, stream, told);
        tapped.setProtocol(told);
        return tapped;
    }

    @Override
    public void setProtocol(BaseProtocol protocol) {
        user = Objects.requireNonNull(protocol, "protocol");
        lower().setProtocol(
                        switch (protocol) {
                            case BufferedProtocol buffered -> new BufferedTap(buffered);
                            case Protocol plain -> new PlainTap(plain);
                        });
    }

    @Override
    public BaseProtocol protocol() {
        return user;
    }

    private void lost(BaseProtocol told, @Nullable Throwable exception) {
        try {
            told.connectionLost(exception);
        } finally {
            child.pipeLost(stream, exception);
        }
    }

    /** As {@code stdin of SubprocessTransport[...]}. */
    @Override
    public String toString() {
        return switch (stream) {
                    case 0 -> "stdin";
                    case 1 -> "stdout";
                    default -> "stderr";
                }
                + " of " + child;
    }

    private final class PlainTap implements Protocol {
        private final Protocol inner;

        PlainTap(Protocol inner) {
            this.inner = inner;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            inner.dataReceived(data);
        }

        /** A pipe has no other direction to keep open. */
        @Override
        public boolean eofReceived() {
            boolean ignored = inner.eofReceived();
            return false;
        }

        @Override
        public void pauseWriting() {
            inner.pauseWriting();
        }

        @Override
        public void resumeWriting() {
            inner.resumeWriting();
        }

        @Override
        public void connectionLost(@Nullable Throwable exception) {
            lost(inner, exception);
        }
    }

    private final class BufferedTap implements BufferedProtocol {
        private final BufferedProtocol inner;

        BufferedTap(BufferedProtocol inner) {
            this.inner = inner;
        }

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            return inner.getBuffer(sizeHint);
        }

        @Override
        public void bufferUpdated(int byteCount) {
            inner.bufferUpdated(byteCount);
        }

        /** A pipe has no other direction to keep open. */
        @Override
        public boolean eofReceived() {
            boolean ignored = inner.eofReceived();
            return false;
        }

        @Override
        public void pauseWriting() {
            inner.pauseWriting();
        }

        @Override
        public void resumeWriting() {
            inner.resumeWriting();
        }

        @Override
        public void connectionLost(@Nullable Throwable exception) {
            lost(inner, exception);
        }
    }
}
