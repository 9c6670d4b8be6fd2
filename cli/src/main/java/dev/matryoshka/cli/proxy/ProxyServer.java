package dev.matryoshka.cli.proxy;

import dev.matryoshka.cli.serve.Drainable;
import dev.matryoshka.cli.serve.DrainableServer;
import dev.matryoshka.layer.ProxyProtocol;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ServerOptions;
import java.io.IOException;
import java.util.function.Supplier;

/** Puts the layers of the clients' side together: PROXY header, TLS, tap, relay. */
public final class ProxyServer {
    private ProxyServer() {}

    /**
     * Starts a proxy, which accepts at once. Loop thread, or before the loop runs.
     *
     * @param counters are counted up from then on
     */
    public static Drainable start(Loop loop, ProxyPlan plan, Counters counters) throws IOException {
        ProxyPlan.Front front = plan.front();
        Supplier<BaseProtocol> factory = front.tap().apply(() -> new Relay(loop, plan, counters).front());
        if (front.tls() != null) {
            factory = Tls.serving(loop, factory, front.tls());
        }
        if (front.accept() != null) {
            factory = ProxyProtocol.accept(factory, front.accept());
        }
        ServerOptions options = ServerOptions.defaults()
                .withMaxConnections(plan.maxConnections())
                .withIdleTimeout(plan.idleTimeout());
        return new DrainableServer(front.endpoint().listen(loop, factory, options));
    }
}
