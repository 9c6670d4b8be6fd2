package dev.matryoshka.transport;

/**
 * The receiving direction of an open transport.
 *
 * <pre>
 *   READING ◀──▶ PAUSED      pauseReading, resumeReading
 *      └──▶ EOF              the peer has ended its direction; for good
 * </pre>
 */
enum ReadState {
    READING,
    PAUSED,
    EOF
}
