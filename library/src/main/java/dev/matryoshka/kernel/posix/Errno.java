package dev.matryoshka.kernel.posix;

import dev.matryoshka.kernel.AcceptAbortedException;
import dev.matryoshka.kernel.ResourceExhaustedException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * The errors of errno(3) that sockets and pollers report, by name; and the one place that turns them into exceptions.
 * Any thread.
 *
 * <p>The numbers are Linux's generic ones (asm-generic/errno.h), which x86-64 and aarch64 share; the words are
 * strerror(3)'s. A number that is not listed is still translated, without a name.
 */
public enum Errno {
    EPERM(1, "Operation not permitted"),
    ENOENT(2, "No such file or directory"),
    ESRCH(3, "No such process"),
    EINTR(4, "Interrupted system call"),
    EIO(5, "Input/output error"),
    E2BIG(7, "Argument list too long"),
    ENOEXEC(8, "Exec format error"),
    EBADF(9, "Bad file descriptor"),
    ECHILD(10, "No child processes"),
    /** Also EWOULDBLOCK, which is the same number on Linux. */
    EAGAIN(11, "Resource temporarily unavailable"),
    ENOMEM(12, "Cannot allocate memory"),
    EACCES(13, "Permission denied"),
    EFAULT(14, "Bad address"),
    EBUSY(16, "Device or resource busy"),
    EEXIST(17, "File exists"),
    ENXIO(6, "No such device or address"),
    ENODEV(19, "No such device"),
    ENOTDIR(20, "Not a directory"),
    EISDIR(21, "Is a directory"),
    EINVAL(22, "Invalid argument"),
    ENFILE(23, "Too many open files in system"),
    EMFILE(24, "Too many open files"),
    ETXTBSY(26, "Text file busy"),
    ENOSPC(28, "No space left on device"),
    ESPIPE(29, "Illegal seek"),
    EROFS(30, "Read-only file system"),
    EPIPE(32, "Broken pipe"),
    EDOM(33, "Numerical argument out of domain"),
    ENAMETOOLONG(36, "File name too long"),
    ENOSYS(38, "Function not implemented"),
    ELOOP(40, "Too many levels of symbolic links"),
    ETIME(62, "Timer expired"),
    ENOSR(63, "Out of streams resources"),
    ENONET(64, "Machine is not on the network"),
    EPROTO(71, "Protocol error"),
    EOVERFLOW(75, "Value too large for defined data type"),
    ENOTSOCK(88, "Socket operation on non-socket"),
    EDESTADDRREQ(89, "Destination address required"),
    EMSGSIZE(90, "Message too long"),
    EPROTOTYPE(91, "Protocol wrong type for socket"),
    ENOPROTOOPT(92, "Protocol not available"),
    EPROTONOSUPPORT(93, "Protocol not supported"),
    ESOCKTNOSUPPORT(94, "Socket type not supported"),
    EOPNOTSUPP(95, "Operation not supported"),
    EPFNOSUPPORT(96, "Protocol family not supported"),
    EAFNOSUPPORT(97, "Address family not supported by protocol"),
    EADDRINUSE(98, "Address already in use"),
    EADDRNOTAVAIL(99, "Cannot assign requested address"),
    ENETDOWN(100, "Network is down"),
    ENETUNREACH(101, "Network is unreachable"),
    ENETRESET(102, "Network dropped connection on reset"),
    ECONNABORTED(103, "Software caused connection abort"),
    ECONNRESET(104, "Connection reset by peer"),
    ENOBUFS(105, "No buffer space available"),
    EISCONN(106, "Transport endpoint is already connected"),
    ENOTCONN(107, "Transport endpoint is not connected"),
    ESHUTDOWN(108, "Cannot send after transport endpoint shutdown"),
    ETIMEDOUT(110, "Connection timed out"),
    ECONNREFUSED(111, "Connection refused"),
    EHOSTDOWN(112, "Host is down"),
    EHOSTUNREACH(113, "No route to host"),
    EALREADY(114, "Operation already in progress"),
    EINPROGRESS(115, "Operation now in progress"),
    ECANCELED(125, "Operation canceled");

    private static final @Nullable Errno[] BY_NUMBER = new @Nullable Errno[ECANCELED.number + 1];

    static {
        for (Errno errno : values()) {
            BY_NUMBER[errno.number] = errno;
        }
    }

    /** What errno holds; always positive. */
    public final int number;

    private final String words;

    Errno(int number, String words) {
        this.number = number;
        this.words = words;
    }

    /** The error of that number, or null when it is not one that sockets report. */
    public static @Nullable Errno of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }

    /**
     * Translates, as {@code connect to 127.0.0.1:9: Connection refused (ECONNREFUSED)}. Four errors are everywhere the
     * same: descriptors or memory have run out. The rest depends on the operation.
     *
     * @param number a positive errno
     * @param subject the address, or another noun; null when not known
     */
    public static IOException exception(int number, Operation operation, @Nullable Object subject) {
        Errno errno = of(number);
        if (errno == null) {
            return new SocketException(operation.of(subject) + ": errno " + number);
        }
        String message = operation.of(subject) + ": " + errno;
        return switch (errno) {
            case EMFILE, ENFILE, ENOBUFS, ENOMEM -> new ResourceExhaustedException(message);
            default ->
                switch (operation) {
                    case BIND -> new BindException(message);
                    case LISTEN -> errno == EADDRINUSE ? new BindException(message) : new SocketException(message);
                    case CONNECT ->
                        errno == EHOSTUNREACH ? new NoRouteToHostException(message) : new ConnectException(message);
                    case ACCEPT ->
                        errno.isOfOneConnection() ? new AcceptAbortedException(message) : new SocketException(message);
                    case OPEN, READ, WRITE, WATCH, POLL, SPAWN, SIGNAL -> new IOException(message);
                    case RECEIVE, SEND, JOIN, SHUTDOWN, CONNECTION, OPTION -> new SocketException(message);
                };
        };
    }

    /**
     * accept(2), "Error handling": Linux passes pending network errors of the new socket as an error of accept itself.
     * The connection is gone from the queue, and the next call takes the next one. EPERM is not among them: a security
     * module answers it before the queue is touched, so going on would spin.
     */
    private boolean isOfOneConnection() {
        return switch (this) {
            case ECONNABORTED,
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

    /** {@code Connection refused (ECONNREFUSED)} */
    @Override
    public String toString() {
        return words + " (" + name() + ")";
    }
}
