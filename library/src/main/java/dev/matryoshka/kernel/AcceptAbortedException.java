package dev.matryoshka.kernel;

import java.io.IOException;

/**
 * One connection died between its handshake and accept (ECONNABORTED, EPROTO and the network errors that accept(2) lists
 * under "Error handling"). The listener is well; the next connection can be taken at once.
 */
public final class AcceptAbortedException extends IOException {
    private static final long serialVersionUID = 1L;

    public AcceptAbortedException(String message) {
        super(message);
    }
}
