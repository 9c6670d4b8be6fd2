package dev.matryoshka.kernel;

import java.io.IOException;

/** Descriptors or kernel memory have run out: EMFILE, ENFILE, ENOBUFS or ENOMEM. Waiting may help, retrying at once not. */
public final class ResourceExhaustedException extends IOException {
    private static final long serialVersionUID = 1L;

    public ResourceExhaustedException(String message) {
        super(message);
    }
}
