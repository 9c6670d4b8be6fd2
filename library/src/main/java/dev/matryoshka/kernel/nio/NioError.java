package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.AcceptAbortedException;
import dev.matryoshka.kernel.ResourceExhaustedException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * The errors of a system call, found again in the words of the JDK's exceptions. Any thread.
 *
 * <p>The JDK throws the number of an error away and keeps its words, some from strerror(3), some its own. The rest of the library
 * tells errors apart by type and name, so they are given back here. Where the words are not recognised (a translated
 * libc, an unusual system) they are passed on as they are; the type then comes from the call alone.
 */
enum NioError {
    // Before EMFILE, whose words its own contain.
    ENFILE("Too many open files in system"),
    EMFILE("Too many open files"),
    ENOBUFS("No buffer space available"),
    ENOMEM("Cannot allocate memory", "Out of memory", "Not enough space"),
    EADDRINUSE("Address already in use"),
    EADDRNOTAVAIL("Cannot assign requested address", "Can't assign requested address"),
    EACCES("Permission denied"),
    EPERM("Operation not permitted"),
    EPIPE("Broken pipe"),
    ECONNRESET("Connection reset by peer", "Connection reset", "forcibly closed by the remote host"),
    ECONNABORTED("Software caused connection abort", "connection was aborted"),
    ECONNREFUSED("Connection refused"),
    ETIMEDOUT("Connection timed out", "Operation timed out"),
    ENETUNREACH("Network is unreachable"),
    EHOSTUNREACH("No route to host"),
    ENETDOWN("Network is down"),
    EHOSTDOWN("Host is down"),
    ENONET("Machine is not on the network"),
    EPROTO("Protocol error"),
    EMSGSIZE("Message too long"),
    EDESTADDRREQ("Destination address required"),
    ENOPROTOOPT("Protocol not available"),
    EOPNOTSUPP("Operation not supported"),
    EINVAL("Invalid argument"),
    ENOENT("No such file or directory"),
    ENOTDIR("Not a directory"),
    ENAMETOOLONG("File name too long", "Unix domain path too long"),
    EAGAIN("Resource temporarily unavailable"),
    EALREADY("Operation already in progress"),
    EISCONN("Transport endpoint is already connected"),
    ENOTCONN("Transport endpoint is not connected", "Socket is not connected");

    /** What was asked: the first words of a message, and half of the decision which exception an error becomes. */
    enum Call {
        OPEN("open"),
        BIND("bind to"),
        LISTEN("listen on"),
        ACCEPT("accept on"),
        CONNECT("connect to"),
        RECEIVE("receive from"),
        SEND("send to"),
        SHUTDOWN("shut down the connection to"),
        JOIN("join or leave the multicast group"),
        OPTION("set or read");

        private final String words;

        Call(String words) {
            this.words = words;
        }
    }

    private final String words;
    private final String[] otherWords;

    NioError(String words, String... otherWords) {
        this.words = words;
        this.otherWords = otherWords;
    }

    /** The error that an exception's words speak of, or null. */
    static @Nullable NioError of(IOException failed) {
        String message = failed.getMessage();
        if (message != null) {
            for (NioError error : values()) {
                if (error.speaksIn(message)) {
                    return error;
                }
            }
        }
        return null;
    }

    private boolean speaksIn(String message) {
        if (message.contains(words)) {
            return true;
        }
        for (String other : otherWords) {
            if (message.contains(other)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The exception of the seam for one of the JDK, which becomes its cause.
     *
     * @param subject an address or another noun; null when it is not known
     */
    static IOException translate(IOException failed, Call call, @Nullable Object subject) {
        NioError error = of(failed);
        if (failed instanceof ClosedChannelException) {
            if (call != Call.SEND) {
                return failed;
            }
            // Our socket is open, so only its sending direction is shut: what others call EPIPE.
            error = EPIPE;
        }
        String why = error != null ? error.toString() : String.valueOf(failed.getMessage());
        IOException translated = exception(error, call, call.words + " " + text(subject) + ": " + why);
        translated.initCause(failed);
        return translated;
    }

    /** The exception for an error that was found without a system call. */
    IOException exception(Call call, @Nullable Object subject) {
        return exception(this, call, call.words + " " + text(subject) + ": " + this);
    }

    private static IOException exception(@Nullable NioError error, Call call, String message) {
        if (error == ENFILE || error == EMFILE || error == ENOBUFS || error == ENOMEM) {
            return new ResourceExhaustedException(message);
        }
        return switch (call) {
            case OPEN -> new IOException(message);
            case BIND -> new BindException(message);
            case LISTEN -> error == EADDRINUSE ? new BindException(message) : new SocketException(message);
            case CONNECT -> error == EHOSTUNREACH ? new NoRouteToHostException(message) : new ConnectException(message);
            case ACCEPT ->
                error != null && error.isOfOneConnection()
                        ? new AcceptAbortedException(message)
                        : new SocketException(message);
            case RECEIVE, SEND, JOIN, SHUTDOWN, OPTION -> new SocketException(message);
        };
    }

    /** Whether it is said of a connection, and of no file. */
    boolean isOfConnections() {
        return switch (this) {
            case EPIPE,
                    ECONNRESET,
                    ECONNABORTED,
                    ENOBUFS,
                    ENOTCONN,
                    ENETDOWN,
                    ENETUNREACH,
                    EHOSTDOWN,
                    EHOSTUNREACH,
                    ETIMEDOUT -> true;
            default -> false;
        };
    }

    /** accept(2), "Error handling": a pending network error of the new socket is answered as one of accept itself. */
    private boolean isOfOneConnection() {
        return switch (this) {
            case ECONNABORTED,
                    ECONNRESET,
                    EPROTO,
                    ENOPROTOOPT,
                    EOPNOTSUPP,
                    ENONET,
                    ENETDOWN,
                    ENETUNREACH,
                    EHOSTDOWN,
                    EHOSTUNREACH,
                    ETIMEDOUT -> true;
            default -> false;
        };
    }

    private static String text(@Nullable Object subject) {
        if (subject == null) {
            return "a socket";
        }
        String text = subject.toString();
        if (subject instanceof InetSocketAddress) {
            return text.startsWith("/") ? text.substring(1) : text;
        }
        return subject instanceof UnixDomainSocketAddress && text.isEmpty() ? "an unnamed socket" : text;
    }

    /** {@code Connection refused (ECONNREFUSED)} */
    @Override
    public String toString() {
        return words + " (" + name() + ")";
    }
}
