package dev.matryoshka.cli.serve;

import dev.matryoshka.transport.Server;
import java.net.SocketAddress;

/**
 * What stands on transports, protocols and streams, is stopped through the library's own server.
 *
 * @param server to be stopped
 */
public record DrainableServer(Server server) implements Drainable {
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
