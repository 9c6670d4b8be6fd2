package dev.matryoshka.file;

/** Which way the bytes of a file take. */
public enum SendFileMode {
    /** {@link #NATIVE} where it works, else {@link #COPY}. */
    AUTO,

    /**
     * From the page cache to the socket inside the operating system, sendfile(2); nothing else. It does not wait for the peer,
     * but it does wait for the disk when the page cache does not have the bytes, and the loop with it.
     */
    NATIVE,

    /** Read in the loop's executor, 64 KiB at a time, and sent as other bytes: the loop never waits for the disk. */
    COPY
}
