package dev.matryoshka.cli.echo;

import dev.matryoshka.transport.Server;
import java.net.SocketAddress;

/** What stands on transports, protocols and streams, is stopped through the library's own server. */
record TransportEchoServer(Server server) implements EchoServer {
    @Override
    public SocketAddress address() {
        return server.addresses().getFirst();
    }

    @Override
    public void close() {
        server.close();
    }

    @Override
    public void closeClients() {
        server.closeClients();
    }

    @Override
    public void abortClients() {
        server.abortClients();
    }

    @Override
    public int clientCount() {
        return server.clientCount();
    }
}
