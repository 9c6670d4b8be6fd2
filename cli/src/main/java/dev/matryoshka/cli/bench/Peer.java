package dev.matryoshka.cli.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Locale;

/** The peers that can be measured beside the dolls. */
public enum Peer {
    /** Callbacks by hand on the JDK's selector. */
    NIO_SELECTOR {
        @Override
        public PeerServer open(InetSocketAddress address) throws IOException {
            return new NioSelectorEcho(address);
        }
    },
    /** Straight-line code on the JDK's virtual threads. */
    VIRTUAL_THREADS {
        @Override
        public PeerServer open(InetSocketAddress address) throws IOException {
            return new VirtualThreadsEcho(address);
        }
    };

    /** Opens it; it accepts from then on, and answers once it serves. */
    public abstract PeerServer open(InetSocketAddress address) throws IOException;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
