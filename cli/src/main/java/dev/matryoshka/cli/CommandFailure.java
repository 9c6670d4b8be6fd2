package dev.matryoshka.cli;

/** A command could not do its work; the message is the whole story for its user. */
public final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message one line */
    public CommandFailure(String message) {
        super(message);
    }

    /**
     * @param message one line, which tells the cause too
     * @param cause for {@code --debug}
     */
    public CommandFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
