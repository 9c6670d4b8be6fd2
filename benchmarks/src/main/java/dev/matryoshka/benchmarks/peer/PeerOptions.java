package dev.matryoshka.benchmarks.peer;

import dev.matryoshka.benchmarks.Mode;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a peer is asked to serve.
 *
 * @param mode what to do
 * @param address where to listen
 * @param certificate of a server that speaks TLS, PEM, or null
 * @param key of the certificate, PEM, or null
 */
public record PeerOptions(
        Mode mode,
        SocketAddress address,
        @Nullable Path certificate,
        @Nullable Path key) {
    /** An echo in plain text. */
    public static PeerOptions plain(InetSocketAddress address) {
        return plain(Mode.ECHO, address);
    }

    /** Any mode in plain text. */
    public static PeerOptions plain(Mode mode, SocketAddress address) {
        return new PeerOptions(mode, address, null, null);
    }

    /** @throws UnsupportedOperationException something else is asked for, and the peer has only that */
    InetSocketAddress plainEchoAddress() {
        if (certificate != null) {
            throw new UnsupportedOperationException("this peer speaks no TLS");
        }
        if (mode != Mode.ECHO) {
            throw new UnsupportedOperationException("this peer only echoes: no " + mode);
        }
        if (!(address instanceof InetSocketAddress inet)) {
            throw new UnsupportedOperationException("this peer has no Unix sockets");
        }
        return inet;
    }
}
