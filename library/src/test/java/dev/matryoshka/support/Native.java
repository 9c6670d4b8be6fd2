package dev.matryoshka.support;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** A few calls of libc, blocking and by number, for the other side of what is tested. Linux only. */
public final class Native {
    private static final int F_GETFD = 1;
    private static final int F_GETFL = 3;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_SETFL = 4;
    private static final int O_WRONLY = 1;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_RDWR = 2;
    private static final int O_NOCTTY = 0x100;
    private static final int O_CLOEXEC = 0x80000;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SHUT_WR = 1;
    private static final int MSG_OOB = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;

    private Native() {}

    private static int call(String name, FunctionDescriptor type, Object... arguments) {
        Linker linker = Linker.nativeLinker();
        MethodHandle handle =
                linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type);
        try {
            return ((Number) handle.invokeWithArguments(arguments)).intValue();
        } catch (Throwable failed) {
            throw new AssertionError(failed);
        }
    }

    private static FunctionDescriptor ints(MemoryLayout... parameters) {
        return FunctionDescriptor.of(JAVA_INT, parameters);
    }

    private static int checked(String name, int result) {
        if (result < 0) {
            throw new AssertionError(name + " failed");
        }
        return result;
    }

    /** A pipe: reading end, writing end. */
    public static int[] pipe() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(JAVA_INT, 2);
            checked("pipe2", call("pipe2", ints(ADDRESS, JAVA_INT), pair, O_CLOEXEC));
            return pair.toArray(JAVA_INT);
        }
    }

    /** Two sockets that are connected to each other. */
    public static int[] socketPair() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(JAVA_INT, 2);
            FunctionDescriptor type = ints(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);
            checked("socketpair", call("socketpair", type, AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, pair));
            return pair.toArray(JAVA_INT);
        }
    }

    public static Path makeFifo(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            int result = call("mkfifo", ints(ADDRESS, JAVA_INT), arena.allocateFrom(path.toString()), 0600);
            checked("mkfifo", result);
            return path;
        }
    }

    /**
     * A pseudo terminal.
     *
     * @param master the number of the side that plays the user
     * @param slave where the other side is opened
     */
    public record Terminal(int master, Path slave) {}

    /** Opens one; the slave is in canonical mode with echo, as terminals are at first. */
    public static Terminal openTerminal() {
        int master = checked("posix_openpt", call("posix_openpt", ints(JAVA_INT), O_RDWR | O_NOCTTY | O_CLOEXEC));
        checked("grantpt", call("grantpt", ints(JAVA_INT), master));
        checked("unlockpt", call("unlockpt", ints(JAVA_INT), master));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(100);
            FunctionDescriptor type = ints(JAVA_INT, ADDRESS, JAVA_LONG);
            checked("ptsname_r", call("ptsname_r", type, master, name, 100L));
            return new Terminal(master, Path.of(name.getString(0)));
        }
    }

    /** Ends the sending direction of a socket. */
    public static void shutdownOutput(int fd) {
        checked("shutdown", call("shutdown", ints(JAVA_INT, JAVA_INT), fd, SHUT_WR));
    }

    public static int duplicate(int fd) {
        return checked("fcntl", fcntl(fd, F_DUPFD_CLOEXEC));
    }

    /** File status flags; negative when the number is of nothing. */
    public static int flags(int fd) {
        return fcntl(fd, F_GETFL);
    }

    /** 1 for close-on-exec. */
    public static int descriptorFlags(int fd) {
        return fcntl(fd, F_GETFD);
    }

    private static int fcntl(int fd, int command) {
        return call("fcntl", ints(JAVA_INT, JAVA_INT, JAVA_INT), fd, command, 0);
    }

    public static int write(int fd, String text) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(text, US_ASCII);
            FunctionDescriptor type = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
            return call("write", type, fd, bytes, (long) text.length());
        }
    }

    /** One urgent byte, MSG_OOB; false where that kind of socket has none. */
    public static boolean sendUrgent(int fd, char what) {
        try (Arena arena = Arena.ofConfined()) {
            FunctionDescriptor type = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
            return call("send", type, fd, arena.allocateFrom(String.valueOf(what), US_ASCII), 1L, MSG_OOB) == 1;
        }
    }

    /** Bytes over a Unix socket, together with a copy of a descriptor (SCM_RIGHTS). */
    public static void sendDescriptor(int fd, String text, int given) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(16, 8);
            bytes.set(ADDRESS, 0, arena.allocateFrom(text, US_ASCII));
            bytes.set(JAVA_LONG, 8, text.length());
            MemorySegment control = arena.allocate(24, 8); // struct cmsghdr, then an int, padded
            control.set(JAVA_LONG, 0, 20);
            control.set(JAVA_INT, 8, SOL_SOCKET);
            control.set(JAVA_INT, 12, SCM_RIGHTS);
            control.set(JAVA_INT, 16, given);
            MemorySegment header = arena.allocate(56, 8); // struct msghdr
            header.set(ADDRESS, 16, bytes);
            header.set(JAVA_LONG, 24, 1);
            header.set(ADDRESS, 32, control);
            header.set(JAVA_LONG, 40, control.byteSize());
            FunctionDescriptor type = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);
            checked("sendmsg", call("sendmsg", type, fd, header, 0));
        }
    }

    /** Waits until somebody reads it. */
    public static int openForWriting(Path path) {
        return open(path, O_WRONLY);
    }

    /** Does not wait, and reads from it do not either. */
    public static int openForReading(Path path) {
        return open(path, O_NONBLOCK);
    }

    private static int open(Path path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            return checked(
                    "open",
                    call("open", ints(ADDRESS, JAVA_INT), arena.allocateFrom(path.toString()), flags | O_CLOEXEC));
        }
    }

    /** What is there now, or nothing. */
    public static String tryRead(int fd) {
        int flags = flags(fd);
        call("fcntl", ints(JAVA_INT, JAVA_INT, JAVA_INT), fd, F_SETFL, flags | O_NONBLOCK);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(64 * 1024);
            FunctionDescriptor type = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
            int count = call("read", type, fd, bytes, bytes.byteSize());
            return count <= 0
                    ? ""
                    : new String(bytes.asSlice(0, count).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), US_ASCII);
        }
    }

    /** Waits until something is there; empty at the end. */
    public static String read(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(64 * 1024);
            FunctionDescriptor type = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);
            int count = checked("read", call("read", type, fd, bytes, bytes.byteSize()));
            return new String(bytes.asSlice(0, count).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE), US_ASCII);
        }
    }

    public static void close(int fd) {
        checked("close", call("close", ints(JAVA_INT), fd));
    }
}
