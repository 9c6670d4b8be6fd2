package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The socket calls of libc. Loop thread only: each instance owns the four bytes that catch its errno; {@link #close} is
 * static and may be called by any thread.
 *
 * <p>Every call answers with its result or with −errno, as the system call itself does underneath libc, so no error
 * costs an object and nobody reads errno late. Addresses are plain longs: the caller keeps the memory reachable until
 * the call returns. None of the calls is linked as {@code critical}: such a call holds up every safepoint of the JVM,
 * and a send on loopback runs the peer's receive path before it returns.
 *
 * <p>A kernel extends this class with the calls of its facility, so that all of its calls share one errno cell.
 */
public abstract class Libc {
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final long ERRNO = CAPTURED.byteOffset(PathElement.groupElement("errno"));

    private static final MethodHandle SOCKET = function("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle BIND = function("bind", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle LISTEN = function("listen", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle ACCEPT4 = function("accept4", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle CONNECT = function("connect", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECV = function("recv", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SEND = function("send", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECVFROM =
            function("recvfrom", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SENDTO =
            function("sendto", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle RECVMSG = function("recvmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle SENDMSG = function("sendmsg", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    static final MethodHandle OPEN = variadic("open", 2, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle READ = function("read", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle WRITE = function("write", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle WRITEV = function("writev", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle PIPE2 = function("pipe2", JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle FCNTL = variadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle SENDFILE =
            function("sendfile", JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SHUTDOWN = function("shutdown", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle GETSOCKNAME = function("getsockname", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle GETSOCKOPT =
            function("getsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle SETSOCKOPT =
            function("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle CLOSE = functionWithoutErrno("close", JAVA_INT, JAVA_INT);

    private final MemorySegment captured;

    /** @param arena lives as long as this instance is used; an automatic one makes passing the errno cell free */
    protected Libc(Arena arena) {
        captured = arena.allocate(CAPTURED);
    }

    /** Links a function that sets errno: the handle takes the errno cell first. */
    protected static MethodHandle function(String name, MemoryLayout result, MemoryLayout... parameters) {
        return link(name, FunctionDescriptor.of(result, parameters), Linker.Option.captureCallState("errno"));
    }

    /** As {@link #function}; the parameters from {@code fixed} on are variadic ones in C, which some machines pass elsewhere. */
    static MethodHandle variadic(String name, int fixed, MemoryLayout result, MemoryLayout... parameters) {
        return link(
                name,
                FunctionDescriptor.of(result, parameters),
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(fixed));
    }

    /** Links a function whose errno nobody asks for, callable from any thread. */
    protected static MethodHandle functionWithoutErrno(String name, MemoryLayout result, MemoryLayout... parameters) {
        return link(name, FunctionDescriptor.of(result, parameters));
    }

    /** As {@link #function}, or null where this libc does not have it. */
    protected static @Nullable MethodHandle optionalFunction(
            String name, MemoryLayout result, MemoryLayout... parameters) {
        return Linker.nativeLinker().defaultLookup().find(name).isPresent() ? function(name, result, parameters) : null;
    }

    private static MethodHandle link(String name, FunctionDescriptor type, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        MemorySegment symbol = linker.defaultLookup()
                .find(name)
                .orElseThrow(() -> new NoSuchElementException("this libc has no function " + name));
        return linker.downcallHandle(symbol, type, options);
    }

    /** The errno cell, first argument of each handle made by {@link #function}. */
    protected final MemorySegment captured() {
        return captured;
    }

    /** The result of the call just made, or −errno where it is negative. */
    protected final int outcome(int result) {
        return result >= 0 ? result : -captured.get(JAVA_INT, ERRNO);
    }

    /** As {@link #outcome(int)}, for ssize_t. */
    protected final long outcome(long result) {
        return result >= 0 ? result : -captured.get(JAVA_INT, ERRNO);
    }

    /** A cell for one call from any thread; the instances have their own. */
    static MemorySegment errnoCell(Arena arena) {
        return arena.allocate(CAPTURED);
    }

    static int outcome(int result, MemorySegment cell) {
        return result >= 0 ? result : -cell.get(JAVA_INT, ERRNO);
    }

    static long outcome(long result, MemorySegment cell) {
        return result >= 0 ? result : -cell.get(JAVA_INT, ERRNO);
    }

    /** Handles throw nothing but what the virtual machine throws itself. */
    protected static Error unexpected(Throwable thrown) {
        return thrown instanceof Error error ? error : new AssertionError("a foreign call threw", thrown);
    }

    /** socket(2). */
    public final int socket(int family, int type, int protocol) {
        try {
            return outcome((int) SOCKET.invokeExact(captured, family, type, protocol));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** bind(2). */
    public final int bind(int fd, long address, int length) {
        try {
            return outcome((int) BIND.invokeExact(captured, fd, address, length));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** listen(2). */
    public final int listen(int fd, int backlog) {
        try {
            return outcome((int) LISTEN.invokeExact(captured, fd, backlog));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** accept4(2); {@code lengthAddress} points to a socklen_t, room before and length after. */
    public final int accept4(int fd, long address, long lengthAddress, int flags) {
        try {
            return outcome((int) ACCEPT4.invokeExact(captured, fd, address, lengthAddress, flags));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** connect(2). */
    public final int connect(int fd, long address, int length) {
        try {
            return outcome((int) CONNECT.invokeExact(captured, fd, address, length));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** recv(2), without flags. */
    public final int recv(int fd, long address, int length) {
        try {
            return (int) outcome((long) RECV.invokeExact(captured, fd, address, (long) length, 0));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** send(2), without SIGPIPE. */
    public final int send(int fd, long address, int length) {
        try {
            return (int) outcome((long) SEND.invokeExact(captured, fd, address, (long) length, Constants.MSG_NOSIGNAL));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * recvfrom(2): the length of the whole datagram, which may be more than {@code length}; {@code senderLengthAddress} points
     * to a socklen_t, room before and length after.
     */
    public final int recvfrom(int fd, long address, int length, long senderAddress, long senderLengthAddress) {
        try {
            return (int) outcome((long) RECVFROM.invokeExact(
                    captured, fd, address, (long) length, Constants.MSG_TRUNC, senderAddress, senderLengthAddress));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** sendto(2), without SIGPIPE; {@code targetAddress} 0 for the peer. */
    public final int sendto(int fd, long address, int length, long targetAddress, int targetLength) {
        try {
            return (int) outcome((long) SENDTO.invokeExact(
                    captured, fd, address, (long) length, Constants.MSG_NOSIGNAL, targetAddress, targetLength));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** recvmsg(2), without flags. */
    public final int recvmsg(int fd, long header) {
        try {
            return (int) outcome((long) RECVMSG.invokeExact(captured, fd, header, 0));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** sendmsg(2), without SIGPIPE. */
    public final long sendmsg(int fd, long header) {
        try {
            return outcome((long) SENDMSG.invokeExact(captured, fd, header, Constants.MSG_NOSIGNAL));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** read(2). */
    public final int read(int fd, long address, int length) {
        try {
            return (int) outcome((long) READ.invokeExact(captured, fd, address, (long) length));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** write(2). */
    public final int write(int fd, long address, int length) {
        try {
            return (int) outcome((long) WRITE.invokeExact(captured, fd, address, (long) length));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** writev(2). */
    public final long writev(int fd, long table, int entries) {
        try {
            return outcome((long) WRITEV.invokeExact(captured, fd, table, entries));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** pipe2(2); the two ints at {@code address} are the reading end and the writing end. */
    public final int pipe2(long address, int flags) {
        try {
            return outcome((int) PIPE2.invokeExact(captured, address, flags));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** fcntl(2), F_GETFL: file status flags. */
    public final int flags(int fd) {
        return fcntl(fd, Constants.F_GETFL, 0);
    }

    /** fcntl(2), F_SETFL; they belong to the open file, and so to everybody who has a copy of the descriptor. */
    public final int setFlags(int fd, int flags) {
        return fcntl(fd, Constants.F_SETFL, flags);
    }

    /** fcntl(2), F_SETFD: the flags of the descriptor alone. */
    public final int setCloseOnExec(int fd) {
        return fcntl(fd, Constants.F_SETFD, Constants.FD_CLOEXEC);
    }

    /** fcntl(2), F_DUPFD_CLOEXEC. */
    public final int duplicate(int fd) {
        return fcntl(fd, Constants.F_DUPFD_CLOEXEC, 0);
    }

    private int fcntl(int fd, int command, int argument) {
        try {
            return outcome((int) FCNTL.invokeExact(captured, fd, command, argument));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** open(2) of a name that ends with a NUL, without a mode: it creates nothing. */
    public final int open(long name, int flags) {
        try {
            return outcome((int) OPEN.invokeExact(captured, name, flags));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * sendfile(2); {@code offsetAddress} points to an off_t, which it moves. It has no flag against SIGPIPE: the JVM ignores
     * that signal from its start on.
     */
    public final long sendfile(int out, int in, long offsetAddress, long count) {
        try {
            return outcome((long) SENDFILE.invokeExact(captured, out, in, offsetAddress, count));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** shutdown(2). */
    public final int shutdown(int fd, int how) {
        try {
            return outcome((int) SHUTDOWN.invokeExact(captured, fd, how));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** getsockname(2); {@code lengthAddress} points to a socklen_t, room before and length after. */
    public final int getsockname(int fd, long address, long lengthAddress) {
        try {
            return outcome((int) GETSOCKNAME.invokeExact(captured, fd, address, lengthAddress));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** getsockopt(2); {@code lengthAddress} points to a socklen_t, room before and length after. */
    public final int getsockopt(int fd, int level, int option, long address, long lengthAddress) {
        try {
            return outcome((int) GETSOCKOPT.invokeExact(captured, fd, level, option, address, lengthAddress));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** setsockopt(2). */
    public final int setsockopt(int fd, int level, int option, long address, int length) {
        try {
            return outcome((int) SETSOCKOPT.invokeExact(captured, fd, level, option, address, length));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /**
     * close(2). Any thread. It has no answer: on Linux the descriptor is free whatever close says, EINTR included, so
     * there is nothing to repeat.
     */
    public static void close(int fd) {
        try {
            int ignored = (int) CLOSE.invokeExact(fd);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
