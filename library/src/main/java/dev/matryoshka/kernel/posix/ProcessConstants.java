package dev.matryoshka.kernel.posix;

/**
 * Numbers of Linux's interface for processes and descriptors, under the names of its headers, valid for x86-64 and aarch64. A
 * test asks the C compiler for each of them by name.
 */
final class ProcessConstants {
    // <fcntl.h>: open(2)
    static final int O_CREAT = 0x40;
    static final int O_TRUNC = 0x200;
    static final int O_APPEND = 0x400;

    // <spawn.h>: posix_spawn(3)
    static final int POSIX_SPAWN_SETPGROUP = 0x02;
    static final int POSIX_SPAWN_SETSIGDEF = 0x04;
    static final int POSIX_SPAWN_SETSIGMASK = 0x08;
    static final int POSIX_SPAWN_SETSID = 0x80;

    // <sys/wait.h>: waitid(2)
    static final int P_PID = 1;
    static final int P_PIDFD = 3;
    static final int WNOHANG = 1;
    static final int WEXITED = 4;
    static final int CLD_EXITED = 1;

    // <sys/syscall.h>: the same on all architectures since Linux 5.1
    static final int SYS_pidfd_send_signal = 424;
    static final int SYS_pidfd_open = 434;

    // <signal.h>: signal(7)
    static final int SIGHUP = 1;
    static final int SIGKILL = 9;
    static final int SIGSTOP = 19;

    private ProcessConstants() {}
}
