package dev.matryoshka.benchmarks.load;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a server has cost so far. */
final class ServerCpu {
    /** Of a process that is not this one: clock_getcpuclockid(3) computes no more than this, and asks nobody. */
    private static final int CPUCLOCK_SCHED = 2;

    private static final @Nullable MethodHandle CLOCK_GETTIME = isLinux() ? clockGettime() : null;

    private ServerCpu() {}

    private static boolean isLinux() {
        return System.getProperty("os.name").equals("Linux");
    }

    private static MethodHandle clockGettime() {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow("clock_gettime"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    }

    /**
     * CPU time of a process since it began, user and system, nanoseconds; 0 when the system does not tell. By the process's
     * CPU clock where there is one: what the JDK reads counts in hundredths of a second.
     */
    static long nanos(long pid) {
        long exact = CLOCK_GETTIME == null || pid <= 0 ? 0 : clock(CLOCK_GETTIME, pid);
        return exact > 0
                ? exact
                : ProcessHandle.of(pid)
                        .flatMap(process -> process.info().totalCpuDuration())
                        .map(Duration::toNanos)
                        .orElse(0L);
    }

    private static long clock(MethodHandle clockGettime, long pid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2);
            int clock = (int) (~pid << 3 | CPUCLOCK_SCHED);
            if ((int) clockGettime.invokeExact(clock, time) != 0) {
                return 0;
            }
            return TimeUnit.SECONDS.toNanos(time.getAtIndex(ValueLayout.JAVA_LONG, 0))
                    + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }
}
