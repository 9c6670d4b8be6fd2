package dev.matryoshka.benchmarks.server;

import dev.matryoshka.EventLoop;
import dev.matryoshka.benchmarks.Mode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Locale;

/** The dolls. */
public enum Api {
    /** Inner doll. */
    SOCKET(SocketServer::start),
    /** Middle doll. */
    PROTOCOL(ProtocolServer::start),
    /** Outer doll. */
    STREAM(StreamServer::start);

    private final Starter starter;

    Api(Starter starter) {
        this.starter = starter;
    }

    private interface Starter {
        SocketAddress start(EventLoop loop, Mode mode, InetSocketAddress local)
                throws IOException, InterruptedException;
    }

    /**
     * Starts a server, which accepts at once. In a task of the loop.
     *
     * @return where it listens
     * @throws UnsupportedOperationException an echo; the command line of the users has that
     */
    public SocketAddress start(EventLoop loop, Mode mode, InetSocketAddress local)
            throws IOException, InterruptedException {
        return starter.start(loop, mode, local);
    }

    static UnsupportedOperationException isOfTheCommandLine(Mode mode) {
        return new UnsupportedOperationException(mode + " is what the command 'echo' does");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
