package dev.matryoshka.kernel.epoll;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.matryoshka.kernel.posix.Errno;
import dev.matryoshka.kernel.posix.Libc;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** What epoll needs of libc besides sockets. Loop thread only, but for {@link #ring}; results as in {@link Libc}. */
final class EpollLibc extends Libc {
    private static final MethodHandle EPOLL_CREATE1 = function("epoll_create1", JAVA_INT, JAVA_INT);
    private static final MethodHandle EPOLL_CTL =
            function("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle EPOLL_WAIT =
            function("epoll_wait", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);

    /** glibc has it from 2.35 on, Linux from 5.11 on; musl does not have it. */
    private static final @Nullable MethodHandle EPOLL_PWAIT2 =
            optionalFunction("epoll_pwait2", JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG);

    private static final MethodHandle EVENTFD = function("eventfd", JAVA_INT, JAVA_INT, JAVA_INT);
    private static final MethodHandle EVENTFD_WRITE =
            functionWithoutErrno("eventfd_write", JAVA_INT, JAVA_INT, JAVA_LONG);

    EpollLibc(Arena arena) {
        super(arena);
    }

    /** epoll_create1(2), close-on-exec. */
    int epollCreate() {
        try {
            return outcome((int) EPOLL_CREATE1.invokeExact(captured(), EpollConstants.EPOLL_CLOEXEC));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** epoll_ctl(2); {@code event} is ignored for EPOLL_CTL_DEL. */
    int epollControl(int epoll, int operation, int fd, long event) {
        try {
            return outcome((int) EPOLL_CTL.invokeExact(captured(), epoll, operation, fd, event));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** epoll_wait(2); −1 ms waits without limit. */
    int epollWait(int epoll, long events, int capacity, int timeoutMillis) {
        try {
            return outcome((int) EPOLL_WAIT.invokeExact(captured(), epoll, events, capacity, timeoutMillis));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** epoll_pwait2(2) with a struct timespec and no signal mask; −ENOSYS where libc does not have it. */
    int epollWaitNanos(int epoll, long events, int capacity, long timespec) {
        MethodHandle handle = EPOLL_PWAIT2;
        if (handle == null) {
            return -Errno.ENOSYS.number;
        }
        try {
            return outcome((int) handle.invokeExact(captured(), epoll, events, capacity, timespec, 0L));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** eventfd(2), non-blocking and close-on-exec, starting at 0. */
    int eventfd() {
        try {
            return outcome(
                    (int) EVENTFD.invokeExact(captured(), 0, EpollConstants.EFD_CLOEXEC | EpollConstants.EFD_NONBLOCK));
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** eventfd_write(3). Any thread: it takes its number by value and no errno, so no memory is shared. */
    static void ring(int eventfd) {
        try {
            int ignored = (int) EVENTFD_WRITE.invokeExact(eventfd, 1L);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
