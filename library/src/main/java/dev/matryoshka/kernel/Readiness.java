package dev.matryoshka.kernel;

/**
 * Bits that a poller reports for a socket. A hint: the bits may be spurious or late, so every consumer must be ready
 * for {@link Watchable#WOULD_BLOCK}.
 */
public final class Readiness {
    /** Bytes, a connection, an end of stream or an error can be collected. Also used as an interest. */
    public static final int READABLE = 1;

    /** The send window has room, or a connect has ended one way or the other. Also used as an interest. */
    public static final int WRITABLE = 2;

    /** The peer has ended its direction (EPOLLRDHUP, EPOLLHUP): a short read no longer means "drained". */
    public static final int HANGUP = 4;

    /** The socket has a pending error (EPOLLERR); comes together with READABLE and WRITABLE. */
    public static final int ERROR = 8;

    /**
     * Urgent data has come (EPOLLPRI, TCP's or a Unix socket's). A receive stops before it, so a short read does not mean "drained",
     * now and from then on. Comes with READABLE when there are bytes besides.
     */
    public static final int URGENT = 16;

    private Readiness() {}
}
