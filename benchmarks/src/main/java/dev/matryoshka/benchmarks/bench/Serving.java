package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.Mode;

/**
 * What a server has to be started as: workloads that agree in it share a process.
 *
 * @param mode what it does
 * @param transport over what; datagrams are a mode of their own
 */
record Serving(Mode mode, Transport transport) {
    static final Serving ECHO = new Serving(Mode.ECHO, Transport.TCP);

    /** What lies below. */
    enum Transport {
        /** A port of 127.0.0.1. */
        TCP,
        /** A Unix socket with a path. */
        UNIX,
        /** TLS over TCP. */
        TLS
    }

    boolean over(Transport which) {
        return transport == which;
    }

    /** For the progress and for messages. */
    @Override
    public String toString() {
        return transport == Transport.TCP ? mode.toString() : mode + " over " + transport;
    }
}
