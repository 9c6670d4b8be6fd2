package dev.matryoshka.layer;

/**
 * How much a capture keeps. Immutable; start from {@link #defaults()}.
 *
 * @param snapBytes of one packet, headers included; 64 to 65535. All of it by default
 * @param queueBytesMax on their way to the disk, at least 65536; 8 MiB
 * @param fileBytesMax in the file, at least 65536; 1 GiB
 */
public record CaptureOptions(int snapBytes, int queueBytesMax, long fileBytesMax) {
    private static final int SNAP_BYTES_MIN = 64;
    private static final int SNAP_BYTES_MAX = 65_535;
    private static final int BYTES_MIN = 65_536;
    private static final CaptureOptions DEFAULTS = new CaptureOptions(SNAP_BYTES_MAX, 8 << 20, 1 << 30);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException one is out of range
     */
    public CaptureOptions {
        if (snapBytes < SNAP_BYTES_MIN || snapBytes > SNAP_BYTES_MAX) {
            throw new IllegalArgumentException("snapBytes out of range 64 to 65535: " + snapBytes);
        }
        if (queueBytesMax < BYTES_MIN || fileBytesMax < BYTES_MIN) {
            throw new IllegalArgumentException("less than one packet: " + Math.min(queueBytesMax, fileBytesMax));
        }
    }

    /** Whole packets, 8 MiB in the queue, 1 GiB in the file. */
    public static CaptureOptions defaults() {
        return DEFAULTS;
    }

    /** The same, keeping so much of each packet. */
    public CaptureOptions withSnapBytes(int bytes) {
        return new CaptureOptions(bytes, queueBytesMax, fileBytesMax);
    }

    /** The same with another bound of what waits for the disk. */
    public CaptureOptions withQueueBytesMax(int bytesMax) {
        return new CaptureOptions(snapBytes, bytesMax, fileBytesMax);
    }

    /** The same with another bound of the file. */
    public CaptureOptions withFileBytesMax(long bytesMax) {
        return new CaptureOptions(snapBytes, queueBytesMax, bytesMax);
    }
}
