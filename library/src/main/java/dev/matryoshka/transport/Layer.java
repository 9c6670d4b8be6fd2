package dev.matryoshka.transport;

import org.jspecify.annotations.Nullable;

/**
 * A protocol that is itself a transport to another protocol: TLS, a wire log, the PROXY protocol. It implements one of the two
 * {@link BaseProtocol} kinds beside this.
 *
 * <pre>
 *   socket transport ──▶ Layer (a protocol below, a transport above) ──▶ your protocol
 * </pre>
 *
 * Who holds only the lowest transport, as a server does, finds through this where a connection has to be ended so that every
 * layer says its goodbye: closing the socket under TLS would cut it off in the middle.
 */
public interface Layer {
    /** The transport that the protocol above is given, always the same one; null before connectionMade. Loop thread. */
    @Nullable
    Transport upper();

    /**
     * The transport that the user's own protocol sees: above every layer that stands on this one. Of a layer which has no user
     * yet, because it waits for a header, it is the one that the user will see. Loop thread.
     */
    static Transport outermost(Transport lowest) {
        Transport transport = lowest;
        while (transport.protocol() instanceof Layer layer) {
            Transport upper = layer.upper();
            if (upper == null || upper == transport) {
                break;
            }
            transport = upper;
        }
        return transport;
    }

    /**
     * Whether the protocol was told that the peer has ended its direction. That is told once, so whoever takes a connection over from
     * another protocol asks here. False for a transport that is none of ours and stands on none. Loop thread.
     */
    static boolean isInputEnded(Transport transport) {
        return switch (transport) {
            case StreamTransport ours -> ours.isInputEnded();
            case ForwardingTransport forwarding -> forwarding.isInputEnded();
            default -> false;
        };
    }

    /** The transport that another one stands on, or null when it stands on none that can be told. Any thread. */
    static @Nullable Transport below(Transport upper) {
        return upper instanceof ForwardingTransport forwarding ? forwarding.lower() : null;
    }
}
