package dev.matryoshka.layer;

import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Transport;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes every event of a connection to a log: what was received and written in hexadecimal, up to a bound, and each call in
 * between. Immutable, any thread; start from {@link #create()}.
 *
 * {@snippet :
 * loop.createServer(WireLog.create().around(MyProtocol::new), "127.0.0.1", 8888);
 * }
 *
 * <p>The logger is asked once per connection, when its protocol is made. If it would not log, the protocol is given back as it
 * is, so the layer may stay in a program for the day on which somebody turns the level down.
 *
 * <p>It logs where it stands: inside of TLS the text, outside of it the records. Bytes may be passwords; the log is then as
 * secret as they are. A logger that writes to a slow disk slows the loop: that is the logger's business, and why
 * {@link Capture} is there.
 *
 * @param logger where to
 * @param level at which level; DEBUG
 * @param dumpBytesMax how many bytes of one event are shown; 0 shows only how many there were; 256
 */
public record WireLog(Logger logger, Level level, int dumpBytesMax) {
    private static final int DUMP_BYTES_MAX = 256;
    private static final AtomicLong NUMBERS = new AtomicLong();

    /**
     * Checks the bound.
     *
     * @throws IllegalArgumentException it is negative
     */
    public WireLog {
        Objects.requireNonNull(logger, "logger");
        Objects.requireNonNull(level, "level");
        if (dumpBytesMax < 0) {
            throw new IllegalArgumentException("dumpBytesMax < 0: " + dumpBytesMax);
        }
    }

    /** To the logger {@code dev.matryoshka.wire} at DEBUG, 256 bytes of each event. */
    public static WireLog create() {
        return new WireLog(System.getLogger("dev.matryoshka.wire"), Level.DEBUG, DUMP_BYTES_MAX);
    }

    /** The same at another level. */
    public WireLog withLevel(Level other) {
        return new WireLog(logger, other, dumpBytesMax);
    }

    /** The same with another bound. */
    public WireLog withDumpBytesMax(int bytesMax) {
        return new WireLog(logger, level, bytesMax);
    }

    /** Wraps a protocol factory; the factory is called on the loop. */
    public Supplier<BaseProtocol> around(Supplier<? extends BaseProtocol> factory) {
        Objects.requireNonNull(factory, "factory");
        return () -> logger.isLoggable(level) ? TapLayer.around(factory, new LogTap()) : factory.get();
    }

    /** One connection's entries, which begin with its number. */
    private final class LogTap implements Tap {
        private final long number = NUMBERS.incrementAndGet();

        @Override
        public void made(Transport transport) {
            log("connectionMade " + transport.localAddress() + " <- " + transport.remoteAddress());
        }

        @Override
        public void received(ByteBuffer data) {
            log("received " + data.remaining() + " bytes" + HexDump.of(data, dumpBytesMax));
        }

        @Override
        public void written(ByteBuffer data) {
            log("write " + data.remaining() + " bytes" + HexDump.of(data, dumpBytesMax));
        }

        @Override
        public void eofReceived() {
            log("eofReceived");
        }

        @Override
        public void eofWritten() {
            log("writeEof");
        }

        @Override
        public void ended(boolean aborted) {
            log(aborted ? "abort" : "close");
        }

        @Override
        public void lost(@Nullable Throwable exception) {
            log("connectionLost" + (exception == null ? "" : " " + exception));
        }

        @Override
        public void called(String method) {
            log(method);
        }

        /** Not as a format: what a stranger sent may hold braces. */
        private void log(String event) {
            logger.log(level, "#" + number + " " + event);
        }
    }
}
