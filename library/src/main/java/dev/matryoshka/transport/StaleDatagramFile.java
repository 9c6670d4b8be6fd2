package dev.matryoshka.transport;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.file.NoSuchFileException;

/**
 * The file that a Unix socket leaves behind, and that would stand in the way of the next one. Loop thread only.
 *
 * <p>asyncio removes every socket file, also one that somebody has open. Here it is asked first: a connect to a file without a socket
 * behind it is refused. A file of another kind stays in any case, and bind says that it is there.
 */
final class StaleDatagramFile {
    private StaleDatagramFile() {}

    static void removeIfStale(Kernel kernel, SocketAddress local) throws IOException {
        if (!(local instanceof UnixDomainSocketAddress unix) || !UnixSocketFile.isSocket(unix.getPath())) {
            return;
        }
        try {
            UnixSocketFile found =
                    UnixSocketFile.of(unix.getPath()); // first: a successor's is not the one that was asked
            if (isRefused(kernel, unix)) {
                found.removeIfOurs();
            }
        } catch (NoSuchFileException gone) {
            return; // somebody else has removed it
        }
    }

    private static boolean isRefused(Kernel kernel, UnixDomainSocketAddress address) throws IOException {
        NonBlockingDatagramSocket probe = kernel.openDatagram(StandardProtocolFamily.UNIX);
        try {
            probe.connect(address);
            return false;
        } catch (ConnectException answer) {
            return String.valueOf(answer.getMessage()).contains("ECONNREFUSED");
        } finally {
            probe.close();
        }
    }
}
