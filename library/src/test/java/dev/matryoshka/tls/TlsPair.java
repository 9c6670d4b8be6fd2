package dev.matryoshka.tls;

import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;

/** A TLS connection on one loop, with a recorder at each end. */
record TlsPair(Recorder client, Recorder server) {
    static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

    static TlsOptions only(TlsOptions options, String version) {
        return options.withParameters(parameters -> parameters.setProtocols(new String[] {version}));
    }

    static Server serve(TestLoop on, BaseProtocol protocol, TlsOptions options) throws Exception {
        return Tls.createServer(on.loop, () -> protocol, "127.0.0.1", 0, options, ServerOptions.defaults());
    }

    static <P extends BaseProtocol> Connection<P> connect(TestLoop on, P protocol, int port, TlsOptions options)
            throws Exception {
        return Tls.createConnection(on.loop, () -> protocol, "127.0.0.1", port, options, ConnectOptions.defaults());
    }

    /** In a task: connects; both ends are made. */
    static TlsPair open(TestLoop on, String version) throws Exception {
        return open(on, new Recorder(), new Recorder(), version);
    }

    static TlsPair open(TestLoop on, Recorder client, Recorder server, String version) throws Exception {
        return open(on, client, server, only(Certificates.client(), version), Certificates.server());
    }

    static TlsPair open(TestLoop on, Recorder client, Recorder server, TlsOptions clients, TlsOptions servers)
            throws Exception {
        try (Server listener = serve(on, server, servers)) {
            connect(on, client, listener.port(), clients);
            on.until("the server's end is made", server.heard::isMade);
        }
        return new TlsPair(client, server);
    }

    TlsTransport clientTransport() {
        return (TlsTransport) client.transport();
    }

    TlsTransport serverTransport() {
        return (TlsTransport) server.transport();
    }

    void awaitLost(TestLoop on) throws InterruptedException {
        on.until("both ends are lost", () -> client.heard.isLost() && server.heard.isLost());
    }

    void end(TestLoop on) throws InterruptedException {
        clientTransport().abort();
        serverTransport().abort();
        awaitLost(on);
    }
}
