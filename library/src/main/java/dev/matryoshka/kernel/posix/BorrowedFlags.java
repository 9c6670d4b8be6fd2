package dev.matryoshka.kernel.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The status flags of an open file that is not ours alone, made non-blocking by us, and put back by the last of ours that is done
 * with it. Any thread.
 *
 * <p>Standard input and output of a program behind inetd are one socket, so one open file with one O_NONBLOCK: when the input has
 * ended and is closed, the output must not begin to block, and the loop with it.
 */
final class BorrowedFlags {
    /** By identity of a socket; guarded by the class, as the counts. */
    private static final Map<Object, BorrowedFlags> SOCKETS = new HashMap<>();

    /** Null for what cannot be told to be the same. */
    private final @Nullable Object identity;

    private final int before;
    private int users = 1;

    private BorrowedFlags(@Nullable Object identity, int before) {
        this.identity = identity;
        this.before = before;
    }

    /**
     * Makes an open file non-blocking.
     *
     * @param flags as they are
     * @param isSocket which is one open file, wherever it is seen
     * @return what is to be given back; null when it was non-blocking before we came
     */
    static synchronized @Nullable BorrowedFlags nonBlocking(Libc libc, int fd, int flags, boolean isSocket) {
        Object identity = isSocket ? identity(fd) : null;
        if ((flags & Constants.O_NONBLOCK) != 0) {
            BorrowedFlags ours = identity == null ? null : SOCKETS.get(identity);
            if (ours != null) {
                ours.users++;
            }
            return ours;
        }
        int ignored = libc.setFlags(fd, flags | Constants.O_NONBLOCK);
        BorrowedFlags borrowed = new BorrowedFlags(identity, flags);
        if (identity != null) {
            SOCKETS.put(identity, borrowed);
        }
        return borrowed;
    }

    /** Device and inode: those of a socket are its own. */
    private static @Nullable Object identity(int fd) {
        try {
            return Files.readAttributes(Path.of("/proc/self/fd/" + fd), BasicFileAttributes.class)
                    .fileKey();
        } catch (IOException noProc) {
            return null;
        }
    }

    /** Once by each who has it, before its descriptor is closed. */
    void giveBack(Libc libc, int fd) {
        synchronized (BorrowedFlags.class) {
            users--;
            if (users == 0) {
                int ignored = libc.setFlags(fd, before);
                if (identity != null) {
                    boolean last = SOCKETS.remove(identity, this);
                }
            }
        }
    }
}
