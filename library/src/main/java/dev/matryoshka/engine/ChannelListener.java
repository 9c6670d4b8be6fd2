package dev.matryoshka.engine;

/** Who acts on a channel's readiness. Called on the loop thread, between polls, never while a kernel's results are walked. */
public interface ChannelListener {
    /**
     * Something may be received or accepted.
     *
     * @return true to be called again in the next pass, because more is left than was taken (fairness: one bite per pass)
     */
    boolean onReadable();

    /** Something may be sent, or a connect has ended. */
    void onWritable();

    /** The socket reports an error or a hang-up while neither direction is of interest. */
    void onHangup();

    /** The loop is being closed under a live channel: give up now. */
    void onLoopClosing();
}
