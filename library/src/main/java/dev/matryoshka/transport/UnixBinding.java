package dev.matryoshka.transport;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.kernel.NonBlockingSocket;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Binds the listening socket of one server to a Unix address. Loop thread only; the few calls of the file system block it, for
 * microseconds, once per server.
 *
 * <h2>A stale socket</h2>
 * The file of a server that was killed stays, and bind(2) refuses it. asyncio removes every socket that it finds, also that of
 * a server which is alive, whose clients then arrive here. We ask first: a socket that refuses a connection has nobody behind it;
 * one that takes it, has no room for it or forbids it, has. The live server sees a connection that ends at once. A socket that
 * is bound and does not listen yet looks like a stale one.
 *
 * <h2>Permissions</h2>
 * They are set between bind and listen, so that nobody can connect before (a umask would be the whole process's, also that of
 * other threads). The {@code nio} kernel listens from bind on; there put the file into a directory that others cannot enter.
 */
final class UnixBinding {
    /** sizeof(sockaddr_un.sun_path) without the NUL, on Linux. */
    private static final int PATH_BYTES_MAX = 107;

    private final LoopEngine engine;
    private final ServerOptions.UnixFile wishes;
    private final SocketAddress address;

    /** Null for an abstract name, and where a path is only a name. */
    private final @Nullable Path file;

    /** @throws IllegalArgumentException not an address of that kind */
    UnixBinding(LoopEngine engine, ServerOptions options, SocketAddress address) {
        this.engine = engine;
        this.wishes = options.unixFile();
        this.address = address;
        this.file = fileOf(engine, address);
        boolean named = address instanceof UnixDomainSocketAddress path
                ? !path.getPath().toString().isEmpty()
                : address instanceof AbstractUnixAddress;
        if (!named) {
            throw new IllegalArgumentException("not the name of a Unix socket: '" + address + "'");
        }
    }

    private static @Nullable Path fileOf(LoopEngine engine, SocketAddress address) {
        return address instanceof UnixDomainSocketAddress unix
                        && engine.kernel().hasUnixFiles()
                ? unix.getPath()
                : null;
    }

    /** What close has to remove after somebody else has bound a socket; null for nothing. */
    static @Nullable UnixSocketFile adopted(LoopEngine engine, ServerOptions options, SocketAddress local)
            throws IOException {
        Path file = fileOf(engine, local);
        return file != null && options.unixFile().removeOnClose() && UnixSocketFile.isSocket(file)
                ? UnixSocketFile.of(file)
                : null;
    }

    void bind(SocketServer server) throws IOException {
        if (file != null && wishes.replaceStale()) {
            removeStale(file);
        }
        NonBlockingSocket socket = engine.kernel().openStream(StandardProtocolFamily.UNIX);
        UnixSocketFile bound = null;
        try {
            bindTo(socket);
            if (file != null) {
                bound = UnixSocketFile.of(file);
                permit(file);
            }
        } catch (IOException | RuntimeException failed) {
            socket.close();
            if (bound != null) {
                bound.removeIfOurs();
            }
            throw failed;
        }
        server.add(socket, wishes.removeOnClose() ? bound : null);
    }

    private void bindTo(NonBlockingSocket socket) throws IOException {
        try {
            socket.bind(address);
        } catch (UnsupportedAddressTypeException notHere) {
            throw new UnsupportedOperationException(
                    "the kernel " + engine.kernel().name() + " has no abstract Unix names: " + address, notHere);
        } catch (BindException failed) {
            throw String.valueOf(failed.getMessage()).contains("ENAMETOOLONG") ? tooLong(failed) : failed;
        }
    }

    private BindException tooLong(BindException failed) {
        int length = address.toString().getBytes(StandardCharsets.UTF_8).length;
        BindException clearer = new BindException("the name of a Unix socket has " + PATH_BYTES_MAX
                + " bytes at most (unix(7)), and this one " + length + ": " + address + " (ENAMETOOLONG)");
        clearer.initCause(failed);
        return clearer;
    }

    private void permit(Path path) throws IOException {
        Set<PosixFilePermission> permissions = wishes.permissions();
        if (permissions != null) {
            Path ignored = Files.setPosixFilePermissions(path, permissions);
        }
    }

    private void removeStale(Path path) throws IOException {
        if (UnixSocketFile.isSocket(path)) {
            UnixSocketFile found = UnixSocketFile.of(path);
            if (isDeserted()) {
                found.removeIfOurs();
            }
        }
    }

    /** A connect to a Unix socket is answered at once. */
    private boolean isDeserted() throws IOException {
        NonBlockingSocket probe = engine.kernel().openStream(StandardProtocolFamily.UNIX);
        try {
            boolean ignored = probe.tryConnect(address);
            return false;
        } catch (ConnectException refused) {
            return String.valueOf(refused.getMessage()).contains("ECONNREFUSED");
        } catch (IOException unknown) {
            return false;
        } finally {
            probe.close();
        }
    }
}
