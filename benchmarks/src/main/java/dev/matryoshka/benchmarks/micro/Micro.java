package dev.matryoshka.benchmarks.micro;

import java.util.ArrayList;
import java.util.List;

/**
 * Runs what stands here: JMH's own command line, with what every run needs.
 *
 * <p>Everybody is measured in a JVM with the launcher's options, the serial collector above all: with G1 each side would pay for
 * barriers, ours and the JDK's most.
 */
public final class Micro {
    /** All of them in less than three minutes: enough to see a regression, not a percent. */
    private static final List<String> QUICK =
            List.of("-f", "1", "-wi", "2", "-w", "300ms", "-i", "3", "-r", "200ms", "-foe", "true");

    private static final List<String> WHOLE =
            List.of("-f", "3", "-wi", "3", "-w", "1s", "-i", "5", "-r", "1s", "-foe", "true");

    private static final String JVM = "-XX:+UseSerialGC -XX:+UseCompactObjectHeaders -Xmx1g"
            + " -Djdk.virtualThreadScheduler.parallelism=1 -Djdk.virtualThreadScheduler.maxPoolSize=1"
            + " --add-opens=java.base/java.lang=ALL-UNNAMED --enable-native-access=ALL-UNNAMED";

    private Micro() {}

    /** {@code [--quick] [JMH's arguments]}: a pattern of names, {@code -prof gc}, {@code -rf json -rff FILE}. */
    public static void main(String[] arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(arguments));
        List<String> times = all.remove("--quick") ? QUICK : WHOLE;
        for (int i = 0; i < times.size(); i += 2) {
            if (!all.contains(times.get(i))) { // JMH takes each option once: yours, if you give it
                all.addAll(times.subList(i, i + 2));
            }
        }
        all.addAll(List.of("-jvmArgsAppend", JVM));
        org.openjdk.jmh.Main.main(all.toArray(String[]::new));
    }
}
