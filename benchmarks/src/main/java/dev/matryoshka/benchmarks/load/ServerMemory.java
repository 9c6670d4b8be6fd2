package dev.matryoshka.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
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
    private static final Pattern TOTAL = Pattern.compile("Total\\s+\\d+\\s+(\\d+)\\s*");

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

    /** By jcmd(1), whose histogram is of what lives. */
    private static OptionalLong liveHeap(long pid) throws IOException {
        Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        if (!Files.isExecutable(jcmd)) {
            return OptionalLong.empty(); // a runtime image without tools
        }
        Process process = new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        OptionalLong total = OptionalLong.empty();
        try (BufferedReader lines = process.inputReader()) {
            for (String line; (line = lines.readLine()) != null; ) {
                Matcher matcher = TOTAL.matcher(line);
                if (matcher.matches()) {
                    total = OptionalLong.of(Long.parseLong(matcher.group(1)));
                }
            }
        }
        return total;
    }
}
