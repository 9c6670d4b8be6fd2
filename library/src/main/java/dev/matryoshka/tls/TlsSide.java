package dev.matryoshka.tls;

/** Which side of the handshake a connection takes; who connected need not be the client of TLS. */
public enum TlsSide {
    /** Speaks first, and checks the peer's certificate and name. */
    CLIENT,
    /** Shows a certificate. */
    SERVER
}
