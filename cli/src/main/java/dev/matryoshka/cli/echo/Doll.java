package dev.matryoshka.cli.echo;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.stream.Streams;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transports;
import java.io.IOException;
import java.util.Locale;
import java.util.function.Supplier;

/** The ways to the network, and the echo server on each. */
public enum Doll {
    /** Inner doll: a task per connection that receives and sends. */
    SOCKET {
        @Override
        public EchoServer start(EventLoop loop, EchoOptions options) throws IOException {
            return SocketEchoServer.start(loop, options);
        }
    },
    /** Middle doll: callbacks that are handed the bytes. */
    PROTOCOL {
        @Override
        public EchoServer start(EventLoop loop, EchoOptions options) throws IOException {
            return serve(loop, options.lines() ? () -> new LineProtocol(options) : EchoProtocol::new, options);
        }
    },
    /** Middle doll, receiving into memory of its own. */
    BUFFERED {
        @Override
        public EchoServer start(EventLoop loop, EchoOptions options) throws IOException {
            SharedBuffer memory = new SharedBuffer();
            return serve(
                    loop,
                    options.lines() ? () -> new LineBuffered(options, memory) : () -> new EchoBuffered(memory),
                    options);
        }
    },
    /** Outer doll: a task per connection that reads and writes. */
    STREAM {
        @Override
        public EchoServer start(EventLoop loop, EchoOptions options) throws IOException {
            StreamEcho echo = new StreamEcho(options);
            return new TransportEchoServer(Streams.startServer(
                    loop,
                    options.lines() ? echo::lines : echo::bytes,
                    options.host(),
                    options.port(),
                    StreamOptions.defaults().withLimit(EchoOptions.LINE_MAX_BYTES),
                    SERVER_OPTIONS));
        }
    };

    private static final ServerOptions SERVER_OPTIONS = ServerOptions.defaults().withBacklog(EchoOptions.BACKLOG);

    /** Starts a server, which accepts at once. Loop thread, or before the loop runs. */
    public abstract EchoServer start(EventLoop loop, EchoOptions options) throws IOException;

    private static EchoServer serve(EventLoop loop, Supplier<BaseProtocol> factory, EchoOptions options)
            throws IOException {
        Server server = Transports.createServer(loop, factory, options.host(), options.port(), SERVER_OPTIONS);
        return new TransportEchoServer(server);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
