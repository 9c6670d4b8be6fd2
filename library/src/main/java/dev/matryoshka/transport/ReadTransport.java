package dev.matryoshka.transport;

/** A transport that receives (asyncio.ReadTransport). Loop thread only. */
public interface ReadTransport extends BaseTransport {
    /** Stops the receiving callbacks; the kernel's window then stops the peer. Idempotent; ignored while closing. */
    void pauseReading();

    /** Lets them come again, from the next pass on. Idempotent; ignored while closing. */
    void resumeReading();

    /** Whether receiving callbacks may come: neither paused, nor at EOF, nor closing. */
    boolean isReading();
}
