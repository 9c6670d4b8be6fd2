package dev.matryoshka.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Counts what this process has open. Sockets only: a class loader may open a jar at any moment. */
public final class Descriptors {
    private static final Path TABLE = Path.of("/proc/self/fd");

    static {
        try {
            SocketChannel.open().close(); // the JDK keeps a pair of sockets for itself, from the first one on
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private Descriptors() {}

    /** How many sockets are open; 0 where the system does not tell. */
    public static int sockets() {
        if (!Files.isDirectory(TABLE)) {
            return 0;
        }
        int count = 0;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(TABLE)) {
            for (Path entry : entries) {
                count += isSocket(entry) ? 1 : 0;
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return count;
    }

    private static boolean isSocket(Path entry) {
        try {
            return Files.readSymbolicLink(entry).toString().startsWith("socket:");
        } catch (IOException gone) {
            return false; // the directory itself, for one
        }
    }
}
