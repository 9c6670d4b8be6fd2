package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * What starting and waiting for children needs of libc. Any thread: each call has an errno cell of its own, which costs
 * nothing that counts beside a process. Results as in {@link Libc}; linked when the first child is started.
 *
 * <p>The calls on a pidfd go through syscall(2): Linux has them since 5.4, glibc has names for them since 2.36 only.
 */
final class ProcessLibc {
    private static final MethodHandle SYSCALL =
            Libc.variadic("syscall", 1, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle WAITID =
            Libc.function("waitid", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT);
    private static final MethodHandle KILL = Libc.function("kill", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle POLL = Libc.function("poll", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle OPEN = Libc.variadic("open", 2, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
    private static final MethodHandle FCNTL = Libc.variadic("fcntl", 2, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);

    /** {@code siginfo_t}, as waitid fills it in: numbers of int size at these offsets. */
    static final int SIGINFO_BYTES = 128;

    static final int SIGINFO_CODE = 8;
    static final int SIGINFO_PID = 16;
    static final int SIGINFO_STATUS = 24;

    /** {@code struct pollfd { int fd; short events; short revents; }} */
    static final int POLLFD_BYTES = 8;

    static final int POLLFD_EVENTS = 4;
    static final short POLLIN = 1;

    private ProcessLibc() {}

    /** One foreign call, which takes the errno cell. */
    private interface Call {
        long make(MemorySegment cell) throws Throwable;
    }

    /** The result or −errno; a signal of the JVM's own is no reason to give up. */
    private static int result(Call call) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cell = Libc.errnoCell(arena);
            long outcome;
            do {
                outcome = Libc.outcome(call.make(cell), cell);
            } while (outcome == -PosixDescriptor.EINTR);
            return (int) outcome;
        } catch (Throwable thrown) {
            throw Libc.unexpected(thrown);
        }
    }

    /** pidfd_open(2): a descriptor, close-on-exec by nature, that becomes readable when the process ends. */
    static int pidfdOpen(int pid) {
        long number = ProcessConstants.SYS_pidfd_open;
        return result(cell -> (long) SYSCALL.invokeExact(cell, number, (long) pid, 0L, 0L, 0L));
    }

    /** pidfd_send_signal(2): reaches that process, whoever has its number by now. */
    static int pidfdSendSignal(int pidfd, int signal) {
        long number = ProcessConstants.SYS_pidfd_send_signal;
        return result(cell -> (long) SYSCALL.invokeExact(cell, number, (long) pidfd, (long) signal, 0L, 0L));
    }

    /** kill(2): only for a child that nobody has waited for, and nobody else will. */
    static int kill(int pid, int signal) {
        return result(cell -> (int) KILL.invokeExact(cell, pid, signal));
    }

    /** waitid(2) for the end of a child, which takes it off the system; {@code info} is a zeroed siginfo_t. */
    static int waitForEnd(int idType, int id, MemorySegment info, boolean block) {
        int options = ProcessConstants.WEXITED | (block ? 0 : ProcessConstants.WNOHANG);
        return result(cell -> (int) WAITID.invokeExact(cell, idType, id, info.address(), options));
    }

    /** poll(2) for something to read; 0 when the time was over. */
    static int awaitReadable(int fd, int millisMax) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entry = arena.allocate(POLLFD_BYTES, Integer.BYTES);
            entry.set(JAVA_INT, 0, fd);
            entry.set(JAVA_SHORT, POLLFD_EVENTS, POLLIN);
            return result(cell -> (int) POLL.invokeExact(cell, entry.address(), 1L, millisMax));
        }
    }

    /** poll(2) for nothing: only what is told unasked makes it answer, POLLERR and POLLHUP; both directions are over. */
    static boolean isHungUp(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entry = arena.allocate(POLLFD_BYTES, Integer.BYTES);
            entry.set(JAVA_INT, 0, fd);
            return result(cell -> (int) POLL.invokeExact(cell, entry.address(), 1L, 0)) > 0;
        }
    }

    /** open(2), close-on-exec; a file that is made may be read and written by all whom the umask lets. */
    static int open(Path path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment text = FileNames.cString(arena, path);
            int all = flags | Constants.O_CLOEXEC;
            return result(cell -> (int) OPEN.invokeExact(cell, text.address(), all, 0666));
        }
    }

    /** fcntl(2), F_DUPFD_CLOEXEC: a copy with a number of at least {@code lowest}. */
    static int duplicateAbove(int fd, int lowest) {
        return result(cell -> (int) FCNTL.invokeExact(cell, fd, Constants.F_DUPFD_CLOEXEC, lowest));
    }

    /** A C string in the bytes of file names. */
    static MemorySegment text(Arena arena, String text) {
        return FileNames.cString(arena, text.getBytes(FileNames.CHARSET));
    }

    /** A NULL-terminated array of C strings. */
    static MemorySegment texts(Arena arena, Iterable<String> texts, int count) {
        MemorySegment array = arena.allocate((count + 1L) * JAVA_LONG.byteSize(), JAVA_LONG.byteAlignment());
        int i = 0;
        for (String text : texts) {
            array.setAtIndex(JAVA_LONG, i++, text(arena, text).address());
        }
        return array;
    }
}
