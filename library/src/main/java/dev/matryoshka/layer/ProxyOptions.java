package dev.matryoshka.layer;

import dev.matryoshka.address.AbstractUnixAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whose headers a server believes, and what becomes of everybody else. Immutable; start from {@link #trusting}.
 *
 * <pre>
 *                     header required (default)        header optional
 *   trusted peer      read, or the connection ends     read if it is there, else as without
 *   anybody else      refused (default), or served with its own address: nothing it sends is taken for a header
 * </pre>
 *
 * @param trusted peers whose headers are believed. One on a Unix socket always is: who may connect is the file's business
 * @param required whether a trusted peer without a header is refused. If not, a peer that begins with other bytes is served at
 *     once, and one that stays silent when the timeout is over
 * @param others what becomes of peers that are not trusted
 * @param timeout how long a header may take from the connection on; more than zero. The page wants 3 s at least, for one
 *     retransmission
 * @param headerBytesMax see {@link ProxyHeaderParser#ProxyHeaderParser(int)}
 */
public record ProxyOptions(
        List<Network> trusted, boolean required, Others others, Duration timeout, int headerBytesMax) {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** What becomes of a peer that is not trusted. */
    public enum Others {
        /** The connection is ended at once. */
        REFUSED,
        /** Served with its own address. A header of its making is data like all others, so it cannot lie with it. */
        SERVED
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException the timeout is not positive, or the limit too small
     */
    public ProxyOptions {
        trusted = List.copyOf(trusted);
        Objects.requireNonNull(others, "others");
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IllegalArgumentException("timeout is not positive: " + timeout);
        }
        new ProxyHeaderParser(headerBytesMax); // checks it
    }

    /**
     * A header is required from peers of these networks, all others are refused; 5 s; 4096 bytes.
     *
     * @param networks such as {@code 10.0.0.0/8} or {@code ::1}. None means that only Unix sockets are trusted. There is no
     *     default, because a header from anybody is a lie that anybody can tell
     * @throws IllegalArgumentException one of them is not a network
     */
    public static ProxyOptions trusting(String... networks) {
        List<Network> trusted = Stream.of(networks).map(Network::parse).toList();
        return new ProxyOptions(trusted, true, Others.REFUSED, TIMEOUT, ProxyHeaderParser.BYTES_MAX);
    }

    /** The same, with the header required from trusted peers or not. */
    public ProxyOptions withRequired(boolean on) {
        return new ProxyOptions(trusted, on, others, timeout, headerBytesMax);
    }

    /** The same with another fate for peers that are not trusted. */
    public ProxyOptions withOthers(Others fate) {
        return new ProxyOptions(trusted, required, fate, timeout, headerBytesMax);
    }

    /** The same with another timeout. */
    public ProxyOptions withTimeout(Duration limit) {
        return new ProxyOptions(trusted, required, others, limit, headerBytesMax);
    }

    /** The same with another limit for binary headers. */
    public ProxyOptions withHeaderBytesMax(int bytesMax) {
        return new ProxyOptions(trusted, required, others, timeout, bytesMax);
    }

    /** Whether a peer's header is believed. */
    public boolean trusts(@Nullable SocketAddress peer) {
        return peer instanceof UnixDomainSocketAddress
                || peer instanceof AbstractUnixAddress
                || trusted.stream().anyMatch(network -> network.contains(peer));
    }
}
