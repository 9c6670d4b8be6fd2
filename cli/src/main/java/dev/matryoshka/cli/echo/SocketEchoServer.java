package dev.matryoshka.cli.echo;

import dev.matryoshka.EventLoop;
import dev.matryoshka.cli.serve.Drainable;
import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Inner doll: what a server is without the library's own: a task that accepts, and one per connection. */
final class SocketEchoServer implements Drainable {
    /** As asyncio's servers: without descriptors the connection stays in the queue, and trying at once would spin. */
    private static final Duration ACCEPT_RETRY = Duration.ofSeconds(1);

    private final EventLoop loop;
    private final EchoOptions options;
    private final AsyncSocket listener;
    private final SocketAddress address;
    private final BufferPool pool = new BufferPool();
    private final Set<SocketEcho> clients = new LinkedHashSet<>();

    private SocketEchoServer(EventLoop loop, EchoOptions options, AsyncSocket listener) {
        this.loop = loop;
        this.options = options;
        this.listener = listener;
        this.address = Objects.requireNonNull(listener.localAddress());
    }

    static SocketEchoServer start(EventLoop loop, EchoOptions options) throws IOException {
        SocketAddress wanted = address(options.endpoint());
        AsyncSocket listener = loop.openSocket(family(wanted));
        try {
            if (wanted instanceof InetSocketAddress) {
                listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                // Who is accepted inherits it: one call per server instead of one per connection.
                listener.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            listener.bind(wanted);
            listener.listen(EchoOptions.BACKLOG);
            SocketEchoServer server = new SocketEchoServer(loop, options, listener);
            loop.createTask("accept", server::accept);
            return server;
        } catch (IOException | RuntimeException failed) {
            listener.close();
            throw failed;
        }
    }

    private static SocketAddress address(Endpoint endpoint) throws IOException {
        return endpoint.unix() != null
                ? endpoint.unix()
                : new InetSocketAddress(InetAddress.getByName(endpoint.host()), endpoint.port());
    }

    private static StandardProtocolFamily family(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) {
            return StandardProtocolFamily.UNIX;
        }
        return inet.getAddress() instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    private void accept() throws IOException, InterruptedException {
        while (listener.isOpen()) {
            try {
                serve(listener.accept());
            } catch (ClosedChannelException closed) {
                return;
            } catch (IOException exhausted) {
                report("cannot accept, trying again in 1 s", exhausted);
                Task.sleep(ACCEPT_RETRY);
            }
        }
    }

    private void serve(AsyncSocket accepted) {
        SocketEcho client = new SocketEcho(accepted, options, pool);
        clients.add(client);
        loop.createTask(() -> serve(client));
    }

    private void serve(SocketEcho client) throws InterruptedException {
        try {
            client.serve();
        } catch (IOException broken) {
            // the peer has gone, or we have closed it: either way there is nobody to tell
        } catch (RuntimeException | Error mistake) {
            report("a connection failed", mistake);
        } finally {
            clients.remove(client);
        }
    }

    private void report(String message, Throwable failure) {
        loop.callExceptionHandler(ExceptionContext.of(message, failure));
    }

    @Override
    public SocketAddress address() {
        return address;
    }

    @Override
    public void close() {
        if (listener.isOpen()) {
            listener.close();
            removeFile();
        }
    }

    private void removeFile() {
        if (address instanceof UnixDomainSocketAddress file) {
            try {
                Files.deleteIfExists(file.getPath());
            } catch (IOException left) {
                report("cannot remove " + file, left);
            }
        }
    }

    /** Who receives finds the end of the stream; who sends does so first. */
    @Override
    public void closeClients() {
        for (SocketEcho client : List.copyOf(clients)) {
            try {
                client.socket().shutdownInput();
            } catch (IOException gone) {
                client.socket().close();
            }
        }
    }

    @Override
    public void abortClients() {
        List.copyOf(clients).forEach(client -> client.socket().close());
    }

    @Override
    public int clientCount() {
        return clients.size();
    }
}
