package dev.matryoshka.transport;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The file that a Unix socket leaves behind, and that would stand in the way of the next one. Loop thread only.
 *
 * <p>asyncio removes every socket file, also one that somebody has open. Here it is asked first: a connect to a file without a socket
 * behind it is refused. A file of another kind stays in any case, and bind says that it is there.
 */
final class StaleDatagramFile {
    private StaleDatagramFile() {}

    static void removeIfStale(Kernel kernel, SocketAddress local) throws IOException {
        if (local instanceof UnixDomainSocketAddress unix && isSocket(unix.getPath()) && isRefused(kernel, unix)) {
            boolean ignored = Files.deleteIfExists(unix.getPath());
        }
    }

    /** The JDK knows files, directories, links, and others; of those a connect tells sockets. */
    private static boolean isSocket(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther();
        } catch (IOException absent) {
            return false;
        }
    }

    private static boolean isRefused(Kernel kernel, UnixDomainSocketAddress address) throws IOException {
        NonBlockingDatagramSocket probe = kernel.openDatagram(StandardProtocolFamily.UNIX);
        try {
            probe.connect(address);
            return false;
        } catch (ConnectException answer) {
            // A FIFO or device refuses as well: only a file whose kind is S_IFSOCK is ours to remove.
            return String.valueOf(answer.getMessage()).contains("ECONNREFUSED") && isSocketKind(address.getPath());
        } finally {
            probe.close();
        }
    }

    /** S_IFMT and S_IFSOCK, inode(7). */
    private static boolean isSocketKind(Path path) throws IOException {
        return ((Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 0xF000) == 0xC000;
    }
}
