package dev.matryoshka.layer;

import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Server;
import java.util.function.Supplier;

/** A server behind the PROXY protocol, and a peer without a transport. */
final class ProxyRig {
    static final String LINE = "PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\n";
    static final ProxyOptions LOOPBACK = ProxyOptions.trusting("127.0.0.0/8");
    static final ProxyOptions ELSEWHERE = ProxyOptions.trusting("10.0.0.0/8");

    private ProxyRig() {}

    interface Body {
        void run(TestLoop on, Peer peer) throws Exception;
    }

    interface ServerBody {
        void run(TestLoop on, Peer peer, Server server) throws Exception;
    }

    /** One server behind the layer, one peer, one body; both ends are over afterwards. */
    static void with(Net net, Supplier<? extends BaseProtocol> factory, ProxyOptions options, Body body)
            throws Exception {
        serving(net, ProxyProtocol.accept(factory, options), (on, peer, server) -> body.run(on, peer));
    }

    /** The same for a body that looks at the server, behind layers of its own making. */
    static void serving(Net net, Supplier<? extends BaseProtocol> layers, ServerBody body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(layers, "127.0.0.1", 0);
                try (Peer peer = Peer.connect(on, server.port())) {
                    body.run(on, peer, server);
                    server.close();
                    server.closeClients();
                    server.waitClosed();
                }
            });
        }
    }

    static void untilOver(TestLoop on, Peer peer) throws InterruptedException {
        on.until("the peer sees the end", () -> peer.read().isEof() || peer.broken() != null);
    }
}
