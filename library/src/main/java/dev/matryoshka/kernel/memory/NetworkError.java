package dev.matryoshka.kernel.memory;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The errors that this network knows, by their names on Linux, and the exceptions that they become: the same types and the
 * same form of message as a kernel with descriptors uses.
 */
enum NetworkError {
    EACCES("Permission denied"),
    EAGAIN("Resource temporarily unavailable"),
    EADDRINUSE("Address already in use"),
    EADDRNOTAVAIL("Cannot assign requested address"),
    EALREADY("Operation already in progress"),
    ECONNREFUSED("Connection refused"),
    ECONNRESET("Connection reset by peer"),
    EDESTADDRREQ("Destination address required"),
    EINVAL("Invalid argument"),
    EISCONN("Transport endpoint is already connected"),
    EMSGSIZE("Message too long"),
    ENETUNREACH("Network is unreachable"),
    ENOENT("No such file or directory"),
    ENOTCONN("Transport endpoint is not connected"),
    EPERM("Operation not permitted"),
    EPIPE("Broken pipe"),
    EPROTOTYPE("Protocol wrong type for socket");

    private final String words;

    NetworkError(String words) {
        this.words = words;
    }

    BindException bindFailure(@Nullable SocketAddress address) {
        return new BindException(message("bind to", address));
    }

    IOException listenFailure(@Nullable SocketAddress address) {
        String message = message("listen on", address);
        return this == EADDRINUSE ? new BindException(message) : new SocketException(message);
    }

    ConnectException connectFailure(@Nullable SocketAddress address) {
        return new ConnectException(message("connect to", address));
    }

    /** @param doing the first words of the message: {@code send to} */
    SocketException failure(String doing, @Nullable SocketAddress address) {
        return new SocketException(message(doing, address));
    }

    /** ECONNREFUSED of a datagram socket: nobody was there for what was sent. */
    PortUnreachableException unreachable(String doing, @Nullable SocketAddress address) {
        return new PortUnreachableException(message(doing, address));
    }

    /** {@code connect to 127.0.0.1:9: Connection refused (ECONNREFUSED)} */
    private String message(String doing, @Nullable SocketAddress address) {
        return doing + " " + text(address) + ": " + words + " (" + name() + ")";
    }

    private static String text(@Nullable SocketAddress address) {
        if (address == null) {
            return "a socket";
        }
        String text = address.toString();
        if (address instanceof InetSocketAddress) {
            return text.startsWith("/") ? text.substring(1) : text;
        }
        return address instanceof UnixDomainSocketAddress && text.isEmpty() ? "an unnamed socket" : text;
    }
}
