package dev.matryoshka.kernel.faulty;

/**
 * What can be made to go wrong. {@link Faults} says when. Each counts the calls (or events) named in its comment, over all
 * sockets of one kernel.
 */
public enum Fault {
    /** {@code openStream} throws ResourceExhaustedException (EMFILE). */
    OPEN_EXHAUSTED,

    /** {@code tryAccept} throws ResourceExhaustedException (EMFILE); the connection stays in the queue. */
    ACCEPT_EXHAUSTED,

    /** A connection that {@code tryAccept} would hand out is reset, and AcceptAbortedException thrown (ECONNABORTED). */
    ACCEPT_ABORTED,

    /** {@code tryAccept} answers null although somebody waits; READABLE is reported again by the next poll. */
    ACCEPT_WOULD_BLOCK,

    /** {@code tryConnect} never leaves: the next poll tells that it is refused (ECONNREFUSED). The address is not asked. */
    CONNECT_REFUSED,

    /** {@code tryRecv} answers WOULD_BLOCK without looking; READABLE is reported again by the next poll. */
    RECV_WOULD_BLOCK,

    /** {@code tryRecv} takes a random part of what it may, at least a byte, as if the rest came later. */
    RECV_SHORT,

    /** {@code tryRecv} throws ECONNRESET. The connection is broken from then on, and resets its peer when it is closed. */
    RECV_RESET,

    /** A {@code trySend} answers WOULD_BLOCK without looking; WRITABLE is reported again by the next poll. */
    SEND_WOULD_BLOCK,

    /** A {@code trySend} takes a random part of what it is given, at least a byte; WRITABLE is reported again. */
    SEND_SHORT,

    /** As {@link #RECV_RESET}, in a {@code trySend}. */
    SEND_RESET,

    /** {@code trySendFile} refuses the file: it has to be read and sent as other bytes. */
    SEND_FILE_UNSUPPORTED,

    /** After a {@code poll} a random registered socket is reported as READABLE, WRITABLE or both, true or not. */
    SPURIOUS_EVENT,

    /** An event that a poll has found is reported later, by {@link Faults#lateNanos}. */
    LATE_EVENT
}
