package dev.matryoshka.transport;

/**
 * The sending direction of an open transport.
 *
 * <pre>
 *   OPEN ──▶ EOF_QUEUED ──▶ SHUT     writeEof; then the FIN, once the buffer is empty
 * </pre>
 */
enum WriteState {
    OPEN,
    EOF_QUEUED,
    SHUT
}
