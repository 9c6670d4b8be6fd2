package dev.matryoshka.kernel.faulty;

/**
 * What can be made to go wrong. {@link Faults} says when. Each counts the calls (or events) named in its comment, over all
 * sockets of one kernel.
 */
public enum Fault {
    /** {@code openStream} and {@code openDatagram} throw ResourceExhaustedException (EMFILE). */
    OPEN_EXHAUSTED,

    /** {@code tryAccept} throws ResourceExhaustedException (EMFILE); the connection stays in the queue. */
    ACCEPT_EXHAUSTED,

    /** A connection that {@code tryAccept} would hand out is reset, and AcceptAbortedException thrown (ECONNABORTED). */
    ACCEPT_ABORTED,

    /** {@code tryAccept} answers null although somebody waits; READABLE is reported again by the next poll. */
    ACCEPT_WOULD_BLOCK,

    /** {@code tryConnect} never leaves: the next poll tells that it is refused (ECONNREFUSED). The address is not asked. */
    CONNECT_REFUSED,

    /** {@code tryRecv} or {@code tryRecvFrom} answers WOULD_BLOCK without looking; READABLE is reported again by the next poll. */
    RECV_WOULD_BLOCK,

    /** {@code tryRecv} takes a random part of what it may, at least a byte, as if the rest came later. */
    RECV_SHORT,

    /** {@code tryRecv} throws ECONNRESET. The connection is broken from then on, and resets its peer when it is closed. */
    RECV_RESET,

    /** A {@code trySend} or {@code trySendTo} answers WOULD_BLOCK without looking; WRITABLE is reported again by the next poll. */
    SEND_WOULD_BLOCK,

    /** A {@code trySend} takes a random part of what it is given, at least a byte; WRITABLE is reported again. */
    SEND_SHORT,

    /** As {@link #RECV_RESET}, in a {@code trySend}. */
    SEND_RESET,

    /** {@code trySendFile} refuses the file: it has to be read and sent as other bytes. */
    SEND_FILE_UNSUPPORTED,

    /** A {@code trySendTo} says that it has sent, and nothing leaves. */
    DATAGRAM_LOST,

    /** What a {@code trySendTo} sends arrives twice. */
    DATAGRAM_TWICE,

    /** What a {@code trySendTo} sends leaves behind the next one; if there is none, never. */
    DATAGRAM_OVERTAKEN,

    /** A {@code tryRecvFrom} throws ECONNREFUSED (PortUnreachableException), as for an earlier datagram; nothing is lost. */
    DATAGRAM_REFUSED,

    /** After a {@code poll} a random registered socket is reported as READABLE, WRITABLE or both, true or not. */
    SPURIOUS_EVENT,

    /** An event that a poll has found is reported later, by {@link Faults#lateNanos}. */
    LATE_EVENT
}
