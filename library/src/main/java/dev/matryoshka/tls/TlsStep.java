package dev.matryoshka.tls;

/** Why {@link TlsEngine} stopped, which is also what it needs to go on. */
enum TlsStep {
    /** Everything it was given is taken, and it has nothing of its own to send. */
    DONE,
    /** It needs more ciphertext: what is left is not a whole record. */
    STARVED,
    /** The target has no room for the next record. */
    FULL,
    /** It has something of its own to send first: call wrap. */
    OUTPUT,
    /** Work that takes long is due first: run {@link TlsEngine#task()} somewhere. */
    TASK,
    /** The handshake has just been completed. Told once; call again to go on. */
    OPENED,
    /** The peer's close_notify has come; from a wrap: the own direction is over, too. */
    ENDED
}
