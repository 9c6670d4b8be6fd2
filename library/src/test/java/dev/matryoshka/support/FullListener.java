package dev.matryoshka.support;

import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;

/**
 * A listener whose queue is full, so that whoever connects to it stays on the way: a dead host on a real network, Linux drops
 * the SYN. In a task.
 */
public final class FullListener implements AutoCloseable {
    /** Linux queues one more than asked. */
    private static final int QUEUED = 2;

    private final NonBlockingSocket listener;
    private final List<NonBlockingSocket> sockets = new ArrayList<>();
    private boolean closed;

    private FullListener(NonBlockingSocket listener) {
        this.listener = listener;
    }

    /** @param host a loopback address */
    public static FullListener open(TestLoop on, String host) throws Exception {
        return open(on, host, 0);
    }

    public static FullListener open(TestLoop on, String host, int port) throws Exception {
        InetAddress ip = InetAddress.ofLiteral(host);
        FullListener full = new FullListener(on.kernel.openStream(family(ip)));
        full.listener.bind(new InetSocketAddress(ip, port));
        full.listener.listen(QUEUED - 1);
        for (int i = 0; i < QUEUED; i++) {
            NonBlockingSocket client = on.kernel.openStream(family(ip));
            full.sockets.add(client);
            if (!client.tryConnect(full.address())) {
                on.until("queued", () -> finishConnect(client));
            }
        }
        return full;
    }

    private static StandardProtocolFamily family(InetAddress ip) {
        return ip instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    }

    private static boolean finishConnect(NonBlockingSocket socket) {
        try {
            return socket.finishConnect();
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** Takes those that filled the queue; in memory whoever waits behind them gets in at once. */
    public void takeQueued() throws IOException {
        for (int i = 0; i < QUEUED; i++) {
            sockets.add(listener.tryAccept());
        }
    }

    /** Who came after those that filled the queue, or null. */
    public NonBlockingSocket accept() throws IOException {
        NonBlockingSocket accepted = listener.tryAccept();
        if (accepted != null) {
            sockets.add(accepted);
        }
        return accepted;
    }

    /** Whoever is on the way is refused. Again: nothing happens. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            listener.close();
            sockets.forEach(NonBlockingSocket::close);
        }
    }
}
