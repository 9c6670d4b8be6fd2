package dev.matryoshka.layer;

import dev.matryoshka.layer.ProxyOptions.Others;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.TimerHandle;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Layer;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the header of one connection, then puts the user's protocol in its own place. Loop thread only.
 *
 * <pre>
 *   WAITING ──▶ HANDED_OVER     header complete, or none came and none is needed
 *      └──────▶ OVER            refused, too late, or the peer has gone
 * </pre>
 */
final class ProxyAcceptor implements Protocol, Layer {
    private static final System.Logger LOG = System.getLogger("dev.matryoshka.layer");

    private enum State {
        WAITING,
        HANDED_OVER,
        OVER
    }

    private final Supplier<? extends BaseProtocol> factory;
    private final ProxyOptions options;
    private final ProxyHeaderParser parser;
    private State state = State.WAITING;
    private @Nullable ProxiedConnection upper;
    private @Nullable TimerHandle timer;

    ProxyAcceptor(Supplier<? extends BaseProtocol> factory, ProxyOptions options) {
        this.factory = factory;
        this.options = options;
        this.parser = new ProxyHeaderParser(options.headerBytesMax());
    }

    @Override
    public @Nullable Transport upper() {
        return upper;
    }

    @Override
    public void connectionMade(Transport lower) {
        ProxiedConnection connection = new ProxiedConnection(lower);
        upper = connection;
        if (options.trusts(lower.remoteAddress())) {
            timer = lower.loop().callLater(options.timeout(), () -> tooLate(connection));
        } else if (options.others() == Others.SERVED) {
            handOver(connection, null, ByteBuffer.allocate(0));
        } else {
            refuse(connection, Level.INFO, "not a trusted proxy");
        }
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        ProxiedConnection connection = upper;
        if (connection == null || state != State.WAITING) {
            return;
        }
        try {
            ProxyHeader header = parser.take(data);
            if (header != null) {
                handOver(connection, header, data);
            }
        } catch (ProxyHeaderException refused) {
            if (options.required() || parser.isCertain()) {
                refuse(connection, Level.INFO, String.valueOf(refused.getMessage()));
            } else {
                handOver(connection, null, joined(parser.taken(), data));
            }
        }
    }

    private static ByteBuffer joined(byte[] first, ByteBuffer rest) {
        return ByteBuffer.allocate(first.length + rest.remaining())
                .put(first)
                .put(rest)
                .flip();
    }

    private void tooLate(ProxiedConnection connection) {
        timer = null;
        if (options.required() || parser.isCertain()) {
            refuse(
                    connection,
                    Level.INFO,
                    "no whole PROXY header within " + options.timeout().toMillis() + " ms");
        } else {
            try {
                handOver(connection, null, ByteBuffer.wrap(parser.taken()));
            } catch (Throwable escaped) {
                report(connection, "Fatal error: a receiving callback failed.", escaped);
                connection.abort();
            }
        }
    }

    /** Too short for a header: all of it is data, if that is allowed. */
    @Override
    public boolean eofReceived() {
        ProxiedConnection connection = upper;
        if (connection == null || state != State.WAITING) {
            return false;
        }
        int received = parser.taken().length;
        if (options.required() || parser.isCertain()) {
            Level level = received == 0 ? Level.DEBUG : Level.INFO;
            refuse(connection, level, "ended after " + received + " bytes of a PROXY header");
            return false;
        }
        connection.expectEof();
        handOver(connection, null, ByteBuffer.wrap(parser.taken()));
        return connection.isClosing() || connection.passEof();
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        leaveWaiting(State.OVER);
    }

    private void leaveWaiting(State next) {
        state = next;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    /** The message may hold what a stranger sent; it has been made fit to print. */
    private void refuse(ProxiedConnection connection, Level level, String why) {
        leaveWaiting(State.OVER);
        LOG.log(level, "connection from {0} refused: {1}", String.valueOf(connection.proxyAddress()), why);
        connection.abort();
    }

    /** From here on the connection is the user's, and what it throws is treated as if there were no layer. */
    private void handOver(ProxiedConnection connection, @Nullable ProxyHeader header, ByteBuffer rest) {
        leaveWaiting(State.HANDED_OVER);
        BaseProtocol user;
        try {
            user = Objects.requireNonNull(factory.get(), "the protocol factory returned null");
        } catch (Throwable failed) {
            report(connection, "Error on protocol creation for incoming connection", failed);
            connection.abort();
            return;
        }
        connection.setHeader(header);
        connection.setProtocol(user);
        try {
            user.connectionMade(connection);
        } catch (Throwable escaped) {
            report(connection, "Exception in callback connectionMade()", escaped);
        }
        connection.deliver(rest);
    }

    static void report(Transport transport, String message, Throwable exception) {
        transport
                .loop()
                .callExceptionHandler(ExceptionContext.of(message, exception).with("transport", transport));
    }
}
