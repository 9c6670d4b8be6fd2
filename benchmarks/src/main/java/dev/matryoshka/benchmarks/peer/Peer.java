package dev.matryoshka.benchmarks.peer;

import java.io.IOException;
import java.util.Locale;

/** The peers on the JVM that can be measured beside the dolls. */
public enum Peer {
    /** Callbacks by hand on the JDK's selector. */
    NIO_SELECTOR(options -> new NioSelectorEcho(options.plainEchoAddress())),
    /** Straight-line code on the JDK's virtual threads. */
    VIRTUAL_THREADS(options -> new VirtualThreadsEcho(options.plainEchoAddress())),
    /** Netty on epoll, through JNI. */
    NETTY_EPOLL(options -> new NettyServer(NettyKernel.EPOLL, options)),
    /** Netty on io_uring, through JNI. */
    NETTY_IO_URING(options -> new NettyServer(NettyKernel.IO_URING, options)),
    /** Netty on the JDK's selector. */
    NETTY_NIO(options -> new NettyServer(NettyKernel.NIO, options));

    @FunctionalInterface
    private interface Opener {
        PeerServer open(PeerOptions options) throws IOException;
    }

    private final Opener opener;

    Peer(Opener opener) {
        this.opener = opener;
    }

    /**
     * Opens it; it accepts from then on, and answers once it serves.
     *
     * @throws IOException it cannot listen, or read the certificate
     * @throws UnsupportedOperationException the peer cannot do what is asked, or cannot run here
     */
    public PeerServer open(PeerOptions options) throws IOException {
        return opener.open(options);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
