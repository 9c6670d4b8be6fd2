package dev.matryoshka.benchmarks.server;

import dev.matryoshka.EventLoop;
import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.Payload;
import dev.matryoshka.transport.DatagramOptions;
import dev.matryoshka.transport.DatagramProtocol;
import dev.matryoshka.transport.DatagramTransport;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Each mode on the middle doll. */
final class ProtocolServer {
    private ProtocolServer() {}

    static SocketAddress start(EventLoop loop, Mode mode, InetSocketAddress local)
            throws IOException, InterruptedException {
        return switch (mode) {
            case SOURCE -> listen(loop, Source::new, local);
            case FILE -> {
                Path file = Payload.file();
                yield listen(loop, () -> new FileSource(loop, file), local);
            }
            case TWO_WRITE -> listen(loop, TwoWrite::new, local);
            case ECHO, LINES -> throw Api.isOfTheCommandLine(mode);
            case UDP -> {
                DatagramOptions here = DatagramOptions.defaults().withLocal(local);
                DatagramTransport transport =
                        loop.createDatagramEndpoint(DatagramEcho::new, here).transport();
                yield Objects.requireNonNull(transport.localAddress());
            }
        };
    }

    private static SocketAddress listen(EventLoop loop, Supplier<Protocol> factory, InetSocketAddress local)
            throws IOException {
        ServerOptions options = ServerOptions.defaults().withBacklog(ServeCommand.BACKLOG);
        return loop.createServer(factory, local.getHostString(), local.getPort(), options)
                .addresses()
                .getFirst();
    }

    /**
     * A chunk per pass until it is asked to pause, as C does, so that a peer that keeps up is not the only one served. Sixteen in a
     * row for one connection would be a mebibyte that nobody has received yet: out of the cache, and twice as slow.
     */
    private static final class Source implements Protocol {
        private final ByteBuffer chunk = CHUNK.duplicate();

        @SuppressWarnings("NullAway.Init") // set before any other callback
        private Transport transport;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
            writeOn();
        }

        @Override
        public void resumeWriting() {
            writeOn();
        }

        private void writeOn() {
            if (!transport.isWritingPaused() && !transport.isClosing()) {
                transport.write(chunk.rewind());
                if (!transport.isWritingPaused()) {
                    transport.loop().callSoon(this::writeOn);
                }
            }
        }
    }

    private static final ByteBuffer CHUNK = Payload.direct(Payload.CHUNK_BYTES);

    private static final class FileSource implements Protocol {
        private final EventLoop loop;
        private final Path file;

        FileSource(EventLoop loop, Path file) {
            this.loop = loop;
            this.file = file;
        }

        @Override
        public void connectionMade(Transport transport) {
            loop.sendFileAsync(transport, file).thenRun(() -> connectionMade(transport));
        }
    }

    private static final class TwoWrite implements Protocol {
        private static final byte[] HEAD = Payload.array(Payload.HEAD_BYTES);
        private static final byte[] BODY = Payload.array(Payload.BODY_BYTES);

        @SuppressWarnings("NullAway.Init") // set before any other callback
        private Transport transport;

        private int received;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            for (received += data.remaining(); received >= Payload.REQUEST_BYTES; received -= Payload.REQUEST_BYTES) {
                transport.write(HEAD);
                transport.write(BODY);
            }
        }
    }

    private static final class DatagramEcho implements DatagramProtocol {
        @SuppressWarnings("NullAway.Init") // set before any other callback
        private DatagramTransport transport;

        @Override
        public void connectionMade(DatagramTransport made) {
            transport = made;
        }

        @Override
        public void datagramReceived(ByteBuffer datagram, @Nullable SocketAddress sender) {
            transport.sendTo(datagram, sender);
        }
    }
}
