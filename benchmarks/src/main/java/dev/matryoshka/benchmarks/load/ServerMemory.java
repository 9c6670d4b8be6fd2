package dev.matryoshka.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server holds.
 *
 * @param residentBytes of the process
 * @param heapBytes what lives on the heap of a JVM after a collection; empty for another program
 */
record ServerMemory(long residentBytes, OptionalLong heapBytes) {
    private static final int KIB = 1024;
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s*(\\d+) kB");
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)\\s*$");
    private static final int LIMIT_SECONDS = 30;

    /** Makes a JVM collect first. Nothing is known without a process, nor where there is no /proc. */
    static ServerMemory of(long pid) throws IOException {
        OptionalLong heap = isJava(pid) ? liveHeap(pid) : OptionalLong.empty();
        Path status = Path.of("/proc", Long.toString(pid), "status");
        Matcher resident = RESIDENT.matcher(Files.exists(status) ? Files.readString(status) : "");
        return new ServerMemory(resident.find() ? Long.parseLong(resident.group(1)) * KIB : 0, heap);
    }

    private static boolean isJava(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().command())
                .filter(command -> command.endsWith("java"))
                .isPresent();
    }

    /** By jcmd(1), whose histogram is of what lives. It writes to a file: a JVM that asks about itself cannot read meanwhile. */
    private static OptionalLong liveHeap(long pid) throws IOException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.isExecutable(jcmd)) {
            return OptionalLong.empty(); // a runtime image without tools
        }
        Path histogram = Files.createTempFile("histogram", ".txt");
        try {
            Process process = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
                    .redirectErrorStream(true)
                    .redirectOutput(histogram.toFile())
                    .start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Matcher total = TOTAL.matcher(Files.readString(histogram));
            return total.find() ? OptionalLong.of(Long.parseLong(total.group(1))) : OptionalLong.empty();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", stopped);
        } finally {
            Files.deleteIfExists(histogram);
        }
    }
}
