package dev.matryoshka.cli.serve;

import java.net.SocketAddress;

/** A running server, whatever it stands on, as far as stopping it goes. Loop thread only; nothing here waits. */
public interface Drainable {
    /** Where it listens; if it does on several addresses, the first. */
    SocketAddress address();

    /** Stops accepting. Idempotent. */
    void close();

    /** Lets every connection send what it owes, then end. */
    void closeClients();

    /** Ends every connection now. */
    void abortClients();

    /** How many connections there are. */
    int clientCount();
}
