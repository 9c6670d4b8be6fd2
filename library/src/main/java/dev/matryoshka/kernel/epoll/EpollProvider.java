package dev.matryoshka.kernel.epoll;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.ResourceExhaustedException;
import dev.matryoshka.kernel.posix.Errno;
import dev.matryoshka.kernel.posix.Libc;
import dev.matryoshka.kernel.posix.Operation;
import java.io.IOException;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/**
 * Opens epoll kernels, where there is epoll. Any thread.
 *
 * <p>Ask {@link #whyUnavailable()} first: it looks at the platform and at the permission for native access before it
 * touches the linker, so a JVM that has not been given the permission prints no warning.
 */
public final class EpollProvider implements KernelProvider {
    static final String NAME = "epoll";

    /** The reason why {@link #open()} would fail, with what to do about it; null when epoll can be used. */
    public static @Nullable String whyUnavailable() {
        String reason = whyForbidden();
        return reason != null ? reason : tryOut();
    }

    private static @Nullable String whyForbidden() {
        return whyForbidden(
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                EpollProvider.class.getModule().isNativeAccessEnabled());
    }

    static @Nullable String whyForbidden(String system, String architecture, boolean nativeAccess) {
        if (!system.equals("Linux")) {
            return "epoll is a facility of Linux, and this is " + system;
        }
        if (!architecture.equals("amd64") && !architecture.equals("aarch64")) {
            return "the layout of epoll_event is known for amd64 and aarch64 only, and this is " + architecture;
        }
        if (!nativeAccess) {
            return "native access is not enabled; start java with " + nativeAccessOption();
        }
        return null;
    }

    /**
     * The option that grants native access to this library as it was loaded: by name from a module path, else to all.
     */
    static String nativeAccessOption() {
        Module ours = EpollProvider.class.getModule();
        return "--enable-native-access=" + (ours.isNamed() ? ours.getName() : "ALL-UNNAMED");
    }

    private static @Nullable String tryOut() {
        try {
            int epoll = atStart(new EpollLibc(Arena.ofAuto()).epollCreate(), "an epoll set");
            Libc.close(epoll);
            return null;
        } catch (IOException e) {
            return e.getMessage();
        } catch (IllegalCallerException | UnsupportedOperationException | LinkageError e) {
            return "libc cannot be called: " + (e.getCause() == null ? e : e.getCause());
        }
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Kernel open() throws IOException {
        String reason = whyForbidden();
        if (reason != null) {
            throw new IOException(reason);
        }
        return new EpollKernel();
    }

    /** Passes a descriptor on; an error of start-up is told with its likely cause and the command to try. */
    static int atStart(int result, String subject) throws IOException {
        if (result >= 0) {
            return result;
        }
        IOException plain = Errno.exception(-result, Operation.OPEN, subject);
        String advice = advice(Errno.of(-result));
        if (advice == null) {
            throw plain;
        }
        String message = plain.getMessage() + "; " + advice;
        throw plain instanceof ResourceExhaustedException
                ? new ResourceExhaustedException(message)
                : new IOException(message);
    }

    private static @Nullable String advice(@Nullable Errno errno) {
        return switch (errno) {
            case EMFILE -> "this process has no descriptor left: raise the limit with `ulimit -n`";
            case ENFILE -> "this machine has no descriptor left: see `sysctl fs.file-nr fs.file-max`";
            case ENOMEM -> "the kernel has no memory left: see `free -m`, or the memory limit of the container";
            case ENOSPC -> "this user watches too much: see `sysctl fs.epoll.max_user_watches`";
            case EPERM, ENOSYS -> "the sandbox forbids it: look at the seccomp profile, or take the nio kernel";
            case null, default -> null;
        };
    }
}
