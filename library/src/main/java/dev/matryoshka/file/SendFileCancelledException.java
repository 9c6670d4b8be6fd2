package dev.matryoshka.file;

/**
 * The task was cancelled while it sent a file. The connection is as it was, and stands exactly behind the bytes that were
 * sent: what is written next follows them.
 */
public final class SendFileCancelledException extends InterruptedException {
    private static final long serialVersionUID = 1L;

    private final long bytesSent;

    /**
     * Made by whoever sends.
     *
     * @param bytesSent what the system has taken
     */
    public SendFileCancelledException(long bytesSent) {
        super("cancelled after " + bytesSent + " bytes of a file");
        this.bytesSent = bytesSent;
    }

    /** How many bytes of the file the system has taken. */
    public long bytesSent() {
        return bytesSent;
    }
}
