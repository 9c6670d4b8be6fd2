package dev.matryoshka.process;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Sends true signals, by kill(1), to this JVM or to others. */
public final class Kill {
    private static final long SECONDS_MAX = 60;

    private Kill() {}

    public static void self(Signal signal) throws Exception {
        send(signal, ProcessHandle.current().pid());
    }

    /** To this JVM, some time soon: a task that waits for it would let its loop turn. */
    static void selfSoon(Signal signal) throws Exception {
        Process ignored = start(signal, ProcessHandle.current().pid());
    }

    private static Process start(Signal signal, long pid) throws Exception {
        return new ProcessBuilder("sh", "-c", "kill -" + signal.shortName() + " " + pid)
                .inheritIO()
                .start();
    }

    public static void send(Signal signal, long pid) throws Exception {
        Process kill = start(signal, pid);
        if (!kill.waitFor(SECONDS_MAX, TimeUnit.SECONDS) || kill.exitValue() != 0) {
            throw new AssertionError("kill " + signal + " " + pid + " failed");
        }
    }

    /** A build in the background of a shell without job control ignores SIGINT, and so do its children. */
    public static void assumeHeard(Signal signal) throws Exception {
        String ignored = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .findFirst()
                .orElse("SigIgn: 0");
        long mask = Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16);
        assumeFalse((mask >>> (signal.number() - 1) & 1) == 1, signal + " is ignored by this process");
    }
}
