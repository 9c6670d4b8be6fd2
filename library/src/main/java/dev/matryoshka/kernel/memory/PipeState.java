package dev.matryoshka.kernel.memory;

/**
 * The life of one direction of a connection.
 *
 * <pre>
 *   OPEN ──▶ ENDED
 *     └────▶ RESET
 *
 *   OPEN    bytes can be added
 *   ENDED   the writer has ended it: what is inside can be read, then EOF, for ever
 *   RESET   the connection was reset: what had arrived can be read, then comes the error, once, then EOF
 * </pre>
 *
 * ENDED stays ENDED when the connection is reset afterwards: Linux answers EOF to a reader that has received the FIN
 * (SOCK_DONE is asked before the pending error in tcp_recvmsg), whatever happens to the other direction.
 */
enum PipeState {
    OPEN,
    ENDED,
    RESET;

    boolean allows(PipeState next) {
        return this == OPEN && next != OPEN;
    }

    /** The next state, if the table allows it. */
    PipeState to(PipeState next) {
        if (!allows(next)) {
            throw new IllegalStateException("a direction does not go from " + this + " to " + next);
        }
        return next;
    }
}
