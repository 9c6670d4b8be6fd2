package dev.matryoshka.kernel;

import java.io.IOException;

/** A file that was being sent could not be read: the connection is as it was. The cause is what the file said. */
public final class FileFailedException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param cause the failure itself; its message is this one's */
    public FileFailedException(IOException cause) {
        super(cause.getMessage(), cause);
    }

    /** What the file said. */
    public IOException failure() {
        return getCause() instanceof IOException failure ? failure : this;
    }
}
