package dev.matryoshka.cli.echo;

import dev.matryoshka.EventLoop;
import dev.matryoshka.cli.serve.Drainable;
import dev.matryoshka.cli.serve.DrainableServer;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.stream.Streams;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ServerOptions;
import java.io.IOException;
import java.util.Locale;
import java.util.function.Supplier;

/** The ways to the network, and the echo server on each. */
public enum Doll {
    /** Inner doll: a task per connection that receives and sends. */
    SOCKET {
        @Override
        public Drainable start(EventLoop loop, EchoOptions options) throws IOException {
            return SocketEchoServer.start(loop, options);
        }
    },
    /** Middle doll: callbacks that are handed the bytes. */
    PROTOCOL {
        @Override
        public Drainable start(EventLoop loop, EchoOptions options) throws IOException {
            return serve(loop, options.lines() ? () -> new LineProtocol(options) : EchoProtocol::new, options);
        }
    },
    /** Middle doll, receiving into memory of its own. */
    BUFFERED {
        @Override
        public Drainable start(EventLoop loop, EchoOptions options) throws IOException {
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
        public Drainable start(EventLoop loop, EchoOptions options) throws IOException {
            StreamEcho echo = new StreamEcho(options);
            return serve(
                    loop,
                    Streams.serving(
                            loop,
                            options.lines() ? echo::lines : echo::bytes,
                            StreamOptions.defaults().withLimit(EchoOptions.LINE_MAX_BYTES)),
                    options);
        }
    };

    private static final ServerOptions SERVER_OPTIONS = ServerOptions.defaults().withBacklog(EchoOptions.BACKLOG);

    /** Starts a server, which accepts at once. Loop thread, or before the loop runs. */
    public abstract Drainable start(EventLoop loop, EchoOptions options) throws IOException;

    private static Drainable serve(EventLoop loop, Supplier<? extends BaseProtocol> factory, EchoOptions options)
            throws IOException {
        Supplier<? extends BaseProtocol> outer =
                options.tls() == null ? factory : Tls.serving(loop, factory, options.tls());
        return new DrainableServer(options.endpoint().listen(loop, outer, SERVER_OPTIONS));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
