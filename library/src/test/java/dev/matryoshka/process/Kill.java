package dev.matryoshka.process;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /**
     * The words before a command whose process is to hear a signal: a build in the background of a shell without job control ignores
     * SIGINT, and its children would inherit that. Where this system's env does not know the option, the test is skipped.
     */
    public static List<String> hearing(Signal signal) throws Exception {
        if (!isIgnored(signal)) {
            return List.of();
        }
        List<String> words = List.of("env", "--default-signal=" + signal.shortName());
        List<String> trial = new ArrayList<>(words);
        trial.add("true");
        int code = new ProcessBuilder(trial).redirectErrorStream(true).start().waitFor();
        assumeTrue(code == 0, signal + " is ignored by this process, and env cannot change that");
        return words;
    }

    private static boolean isIgnored(Signal signal) throws IOException {
        String ignored = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .findFirst()
                .orElse("SigIgn: 0");
        long mask = Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16);
        return (mask >>> (signal.number() - 1) & 1) == 1;
    }
}
