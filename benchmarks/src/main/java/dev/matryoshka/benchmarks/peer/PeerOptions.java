package dev.matryoshka.benchmarks.peer;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a peer is asked to serve.
 *
 * @param address where to listen
 * @param certificate of a server that speaks TLS, PEM, or null
 * @param key of the certificate, PEM, or null
 */
public record PeerOptions(
        InetSocketAddress address,
        @Nullable Path certificate,
        @Nullable Path key) {
    /** In plain text. */
    public static PeerOptions plain(InetSocketAddress address) {
        return new PeerOptions(address, null, null);
    }

    /** @throws UnsupportedOperationException TLS is asked for, and the peer has none */
    InetSocketAddress plainAddress() {
        if (certificate != null) {
            throw new UnsupportedOperationException("this peer speaks no TLS");
        }
        return address;
    }
}
