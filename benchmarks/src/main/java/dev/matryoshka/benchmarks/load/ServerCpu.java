package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a server has cost so far: CPU time of all its threads, user and system. Read from the scheduler in nanoseconds where
 * it tells (proc_pid_schedstat), since the ticks of 10 ms, which remain elsewhere, are 2 % of half a second.
 */
final class ServerCpu {
    private ServerCpu() {}

    /** CPU time of a process since it began; 0 when the system does not tell, or for no process. */
    static long nanos(long pid) {
        if (pid == 0) {
            return 0;
        }
        long precise = fromScheduler(Path.of("/proc", Long.toString(pid), "task"));
        return precise > 0 ? precise : inTicks(pid);
    }

    /** Threads that have ended are missing: servers of the bench keep theirs. */
    private static long fromScheduler(Path threads) {
        long nanos = 0;
        try (DirectoryStream<Path> all = Files.newDirectoryStream(threads)) {
            for (Path thread : all) {
                String line = Files.readString(thread.resolve("schedstat"));
                nanos += Long.parseLong(line.substring(0, line.indexOf(' ')));
            }
            return nanos;
        } catch (IOException | RuntimeException untold) {
            return 0;
        }
    }

    private static long inTicks(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .map(Duration::toNanos)
                .orElse(0L);
    }
}
