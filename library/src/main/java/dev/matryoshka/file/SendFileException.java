package dev.matryoshka.file;

import java.io.IOException;

/**
 * A file was sent in part, or not at all. The cause tells whether the connection broke, was closed, or the file could not be
 * read; in the last case the connection is still good, and the peer has a part.
 */
public final class SendFileException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long bytesSent;

    /**
     * Made by whoever sends.
     *
     * @param bytesSent what the system has taken
     */
    public SendFileException(long bytesSent, Throwable cause) {
        super("after " + bytesSent + " bytes of a file: " + cause.getMessage(), cause);
        this.bytesSent = bytesSent;
    }

    /** How many bytes of the file the system has taken; as with every send, they need not have reached the peer. */
    public long bytesSent() {
        return bytesSent;
    }
}
