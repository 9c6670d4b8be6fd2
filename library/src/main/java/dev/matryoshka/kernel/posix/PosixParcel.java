package dev.matryoshka.kernel.posix;

import dev.matryoshka.kernel.Parcel;
import java.net.StandardProtocolFamily;
import java.util.concurrent.atomic.AtomicInteger;

/** A descriptor between two kernels, with what the socket object knew about it. Whoever takes the number first owns it. */
final class PosixParcel implements Parcel {
    private static final int TAKEN = -1;

    final StandardProtocolFamily family;

    /** As in {@link PosixNetworkSocket}: an address, or the bytes of one. */
    final Object remote;

    /** As in {@link PosixSocket}. */
    final int errnoAfterBytes;

    private final AtomicInteger fd;

    PosixParcel(int fd, StandardProtocolFamily family, Object remote, int errnoAfterBytes) {
        this.fd = new AtomicInteger(fd);
        this.family = family;
        this.remote = remote;
        this.errnoAfterBytes = errnoAfterBytes;
    }

    /** @throws IllegalArgumentException it was delivered or closed before */
    int take() {
        int taken = fd.getAndSet(TAKEN);
        if (taken == TAKEN) {
            throw new IllegalArgumentException("this socket was delivered or closed already");
        }
        return taken;
    }

    @Override
    public void close() {
        int taken = fd.getAndSet(TAKEN);
        if (taken != TAKEN) {
            Libc.close(taken);
        }
    }

    @Override
    public String toString() {
        return "PosixParcel[" + family + ", fd=" + fd + "]";
    }
}
