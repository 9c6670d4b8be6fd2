package dev.matryoshka.benchmarks.bench;

import java.util.Locale;

/**
 * What a server has to be started as: workloads that agree in it share a process.
 *
 * @param mode what it does, in the word that every server here knows
 * @param transport over what
 */
record Serving(Mode mode, Transport transport) {
    static final Serving ECHO = new Serving(Mode.ECHO, Transport.TCP);

    /** What a server does. */
    enum Mode {
        /** Sends back what comes. */
        ECHO,
        /** Sends back line by line. */
        LINES,
        /** Sends for as long as the peer reads. */
        SOURCE,
        /** Sends a file, again and again. */
        FILE,
        /** Answers a request in two writes. */
        TWO_WRITE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** What lies below. */
    enum Transport {
        /** On 127.0.0.1. */
        TCP,
        /** A Unix socket with a path. */
        UNIX,
        /** TLS over TCP. */
        TLS,
        /** On 127.0.0.1. */
        UDP
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
