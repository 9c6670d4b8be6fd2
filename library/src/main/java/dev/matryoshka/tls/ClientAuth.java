package dev.matryoshka.tls;

/** Whether a server asks its clients for certificates. */
public enum ClientAuth {
    /** It does not ask. */
    NONE,
    /** It asks, and goes on without: {@link TlsTransport#peerCertificates()} is empty then. */
    WANT,
    /** Who shows none that is trusted is refused. */
    NEED
}
