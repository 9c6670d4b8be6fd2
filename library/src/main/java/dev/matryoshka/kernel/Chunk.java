package dev.matryoshka.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A piece of memory outside the heap that a kernel can read into and write from without a copy. Loop thread only.
 *
 * <p>Why not a plain {@link ByteBuffer}: a system call needs the address, and finding a buffer's address costs an object
 * each time. A chunk knows its address from birth. Who holds a chunk owns it; the pool is the only one that recycles it.
 *
 * <p>The owner may go on to other memory while a writer has yet to send bytes of the chunk: then both hold it, and the last of
 * them gives it back in truth.
 */
public final class Chunk {
    private final ByteBuffer bytes;
    private final ByteBuffer view;
    private final long address;

    /** How many hold it besides its owner. */
    private int sharers;

    /**
     * @param bytes a direct buffer; the chunk owns its position and limit from now on
     * @param address where its first byte lies, or 0 for a kernel that never asks
     */
    public Chunk(ByteBuffer bytes, long address) {
        if (!bytes.isDirect()) {
            throw new IllegalArgumentException("a chunk needs a direct buffer");
        }
        this.bytes = bytes;
        this.view = bytes.asReadOnlyBuffer();
        this.address = address;
    }

    /** The memory itself; position and limit are scratch, set them before use. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /**
     * The one read-only window that is lent to users, placed over {@code [from, to)}. Valid until placed again. Big-endian
     * whatever order its last user wanted: it goes from connection to connection.
     */
    public ByteBuffer lend(int from, int to) {
        return view.limit(to).position(from).order(ByteOrder.BIG_ENDIAN);
    }

    /** The window as it was placed last: lets a writer recognise bytes that already lie in native memory. */
    public ByteBuffer view() {
        return view;
    }

    public long address() {
        return address;
    }

    /** One more holds it, who gives it back as the owner does; the bytes that are in it now stay as they are until then. */
    public void share() {
        sharers++;
    }

    /** Whether somebody holds it besides its owner. */
    public boolean isShared() {
        return sharers > 0;
    }

    /** One of those who hold it is done; false when there was only this one, and it is free now. */
    public boolean unshare() {
        if (sharers == 0) {
            return false;
        }
        sharers--;
        return true;
    }

    /** Size in bytes. */
    public int capacity() {
        return bytes.capacity();
    }
}
