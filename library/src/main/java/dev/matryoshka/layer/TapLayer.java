package dev.matryoshka.layer;

import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Layer;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Passes every callback on to a protocol of the same kind, after it has told a {@link Tap}. The kind must be the same: a
 * {@link BufferedProtocol} behind a plain layer would lose its reads without a copy. Loop thread only.
 */
abstract class TapLayer<P extends BaseProtocol> implements Layer {
    final P user;
    final Tap tap;
    private @Nullable TapTransport upper;

    private TapLayer(P user, Tap tap) {
        this.user = user;
        this.tap = tap;
    }

    /** A layer around the protocol that a factory makes. */
    static BaseProtocol around(Supplier<? extends BaseProtocol> factory, Tap tap) {
        return around(Objects.requireNonNull(factory.get(), "the protocol factory returned null"), tap, null);
    }

    /**
     * A layer around a protocol.
     *
     * @param upper the transport that a protocol before this one was given; null before connectionMade
     */
    static BaseProtocol around(BaseProtocol user, Tap tap, @Nullable TapTransport upper) {
        return switch (user) {
            case BufferedProtocol buffered -> new Buffered(buffered, tap).joined(upper);
            case Protocol plain -> new Plain(plain, tap).joined(upper);
        };
    }

    void join(@Nullable TapTransport transport) {
        upper = transport;
        if (transport != null) {
            transport.setUser(user);
        }
    }

    @Override
    public @Nullable Transport upper() {
        return upper;
    }

    public void connectionMade(Transport lower) {
        TapTransport transport = new TapTransport(lower, tap);
        join(transport);
        tap.made(lower);
        user.connectionMade(transport);
    }

    public void connectionLost(@Nullable Throwable exception) {
        tap.lost(exception);
        user.connectionLost(exception);
    }

    public void pauseWriting() {
        tap.called("pauseWriting");
        user.pauseWriting();
    }

    public void resumeWriting() {
        tap.called("resumeWriting");
        user.resumeWriting();
    }

    /** For protocols that are handed what has arrived. */
    private static final class Plain extends TapLayer<Protocol> implements Protocol {
        Plain(Protocol user, Tap tap) {
            super(user, tap);
        }

        Plain joined(@Nullable TapTransport transport) {
            join(transport);
            return this;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            tap.received(data.slice());
            user.dataReceived(data);
        }

        @Override
        public boolean eofReceived() {
            tap.eofReceived();
            return user.eofReceived();
        }
    }

    /** For protocols that receive into memory of their own. */
    private static final class Buffered extends TapLayer<BufferedProtocol> implements BufferedProtocol {
        private @Nullable ByteBuffer target;
        private int from;

        Buffered(BufferedProtocol user, Tap tap) {
            super(user, tap);
        }

        Buffered joined(@Nullable TapTransport transport) {
            join(transport);
            return this;
        }

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            ByteBuffer given = user.getBuffer(sizeHint);
            target = given;
            from = given.position();
            return given;
        }

        @Override
        public void bufferUpdated(int byteCount) {
            if (target != null) {
                tap.received(target.duplicate().clear().slice(from, byteCount));
                target = null;
            }
            user.bufferUpdated(byteCount);
        }

        @Override
        public boolean eofReceived() {
            tap.eofReceived();
            return user.eofReceived();
        }
    }
}
