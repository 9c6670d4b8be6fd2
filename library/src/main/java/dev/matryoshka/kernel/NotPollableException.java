package dev.matryoshka.kernel;

import java.io.IOException;

/** A poller cannot watch this kind of thing: a regular file, or a device that is always ready. A thread has to wait for it. */
public final class NotPollableException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param message names it, and what the system said */
    public NotPollableException(String message) {
        super(message);
    }
}
