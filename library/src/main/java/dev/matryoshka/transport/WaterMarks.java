package dev.matryoshka.transport;

/**
 * When a write buffer asks its protocol to pause, and when to go on.
 *
 * @param highBytes above this many buffered bytes writing is paused (strictly above); 0 pauses on any
 * @param lowBytes at or below this many it resumes; between 0 and {@code highBytes}
 */
public record WaterMarks(int highBytes, int lowBytes) {
    /** asyncio's marks for plain connections: 64 KiB and 16 KiB. */
    public static final WaterMarks DEFAULT = WaterMarks.high(64 * 1024);

    /**
     * Checks the order.
     *
     * @throws IllegalArgumentException unless {@code high >= low >= 0}
     */
    public WaterMarks {
        if (highBytes < lowBytes || lowBytes < 0) {
            throw new IllegalArgumentException(
                    "high (" + highBytes + ") must be >= low (" + lowBytes + ") must be >= 0");
        }
    }

    /** A high mark with a quarter of it as the low one. */
    public static WaterMarks high(int highBytes) {
        return new WaterMarks(highBytes, highBytes / 4);
    }

    /** A low mark with four times it as the high one. */
    public static WaterMarks low(int lowBytes) {
        return new WaterMarks(Math.multiplyExact(4, lowBytes), lowBytes);
    }
}
