package dev.matryoshka.transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file that a Unix socket is in the file system. It stays when its socket is closed, so whoever bound it removes it; but only
 * while the path still leads to that very file (device and inode): a successor may have put its own there. Loop thread.
 */
final class UnixSocketFile {
    private static final int FORMAT_MASK = 0170000;
    private static final int FORMAT_SOCKET = 0140000;

    private final Path path;

    /** Null where the system has no such identity: then nothing is removed. */
    private final @Nullable Object identity;

    private UnixSocketFile(Path path, @Nullable Object identity) {
        this.path = path;
        this.identity = identity;
    }

    /** What has just been bound. */
    static UnixSocketFile of(Path path) throws IOException {
        return new UnixSocketFile(path, identity(path));
    }

    private static @Nullable Object identity(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    /** Whether there is a socket at a path, and not a file of another kind, a link, or nothing. */
    static boolean isSocket(Path path) throws IOException {
        try {
            Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            return mode instanceof Integer bits && (bits & FORMAT_MASK) == FORMAT_SOCKET;
        } catch (NoSuchFileException absent) {
            return false;
        } catch (UnsupportedOperationException | IllegalArgumentException noSuchAttribute) {
            return false; // a system without modes: what cannot be recognised stays
        }
    }

    /** Removes the file if it is still the one; silent when it has gone. */
    void removeIfOurs() throws IOException {
        try {
            if (identity != null && Objects.equals(identity, identity(path))) {
                Files.delete(path);
            }
        } catch (NoSuchFileException gone) {
            // somebody else was quicker
            return;
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
