package dev.matryoshka.layer;

import dev.matryoshka.engine.SystemClock;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.transport.BaseProtocol;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes what goes over connections to a file that Wireshark and tcpdump read (pcap, nanoseconds, raw IP), with TCP/IP headers
 * made up around it. It needs no privilege, and inside of TLS it shows the text.
 *
 * {@snippet :
 * try (Capture capture = Capture.open(Path.of("server.pcap"))) {
 *     loop.createServer(capture.around(MyProtocol::new), "127.0.0.1", 8888);
 *     loop.runForever();
 * }
 * }
 *
 * <p>What is made up: who opened the connection (guessed: the lower port is a server's), segments and acknowledgements, and the
 * addresses of what has none, such as a Unix socket, which becomes 127.0.0.1 with a port per connection. Written bytes stand
 * at the moment of {@code write}, not of their way through the kernel.
 *
 * <p>Threads: one capture serves any number of connections on any number of loops. The loop only copies bytes into a bounded
 * queue; a thread of its default executor writes the file. What does not fit, because the disk is slower than the network or
 * the file has its full size, is dropped and counted, and shows in Wireshark as a gap. A disk that fails ends the capture, never
 * a connection.
 */
public final class Capture implements AutoCloseable {
    private final CaptureFile file;
    private final CaptureOptions options;
    private final InstantSource clock;

    private Capture(CaptureFile file, CaptureOptions options, InstantSource clock) {
        this.file = file;
        this.options = options;
        this.clock = clock;
    }

    /** As {@link #open(Path, CaptureOptions)} with the defaults. */
    public static Capture open(Path path) throws IOException {
        return open(path, CaptureOptions.defaults());
    }

    /**
     * Creates or replaces the file. Any thread; touches the disk.
     *
     * @throws IOException the file cannot be written
     */
    public static Capture open(Path path, CaptureOptions options) throws IOException {
        return open(path, options, SystemClock::now);
    }

    static Capture open(Path path, CaptureOptions options, InstantSource clock) throws IOException {
        Objects.requireNonNull(options, "options");
        return new Capture(CaptureFile.create(path, options), options, clock);
    }

    /** Wraps a protocol factory; the factory is called on the loop. After {@link #close()} it gives protocols as they are. */
    public Supplier<BaseProtocol> around(Supplier<? extends BaseProtocol> factory) {
        Objects.requireNonNull(factory, "factory");
        return () -> file.isClosed() ? factory.get() : TapLayer.around(factory, new CaptureTap(this));
    }

    CaptureOptions options() {
        return options;
    }

    InstantSource clock() {
        return clock;
    }

    void add(Loop loop, ByteBuffer packet) {
        file.add(loop, packet);
    }

    int nextConnection() {
        return file.nextConnection();
    }

    /** Packets in the file, or on their way there. Any thread. */
    public long packets() {
        return file.packets();
    }

    /** Packets that are not in the file: no room in the queue or in the file, the disk failed, or closed. Any thread. */
    public long droppedPackets() {
        return file.droppedPackets();
    }

    /** What the disk said when it failed, or null. Any thread. */
    public @Nullable IOException failure() {
        return file.failure();
    }

    /**
     * Writes what is queued and closes the file; idempotent. Any thread; blocks while it writes, at most a queue's worth.
     *
     * @throws IOException the file is not complete
     */
    @Override
    public void close() throws IOException {
        file.close();
    }
}
