package dev.matryoshka.loop;

/**
 * A loop's object was touched from outside its loop. Checked always, not only in a debug mode: what would follow is a lost
 * byte once a week. The message says what to call instead.
 */
public final class WrongThreadException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /** @param message names the thread, the loop and the way in */
    public WrongThreadException(String message) {
        super(message);
    }
}
