package dev.matryoshka.engine;

import java.util.ArrayList;
import java.util.List;
import org.openjdk.jcstress.JCStress;
import org.openjdk.jcstress.Options;

/**
 * Runs all tests of this module, then their broken twins. Fails when a test shows a forbidden outcome, and when a twin does
 * not: a test that could not see the fault would prove nothing.
 *
 * <p>The arguments are jcstress' own, about times and counts. One JVM mode, and both actors compiled together: this is a gate,
 * not a study; {@code -m default} without these limits takes an hour.
 */
public final class ConcurrencyTests {
    private static final String WHOLE = "engine\\.(Doorbell|Inbox|Mail)Tests";

    private static final List<String> TWINS = List.of(
            "BrokenDoorbellTests.WithoutTheFence",
            "BrokenDoorbellTests.WithoutTheSecondLook",
            "BrokenMailTests.RunAgainstStore",
            "BrokenMailTests.LookAgainstCancel",
            "BrokenMailTests.WithoutTheFence");

    /** A machine whose cores are all busy rarely runs two actors at once, and then shows little. */
    private static final int ATTEMPTS_MAX = 10;

    private ConcurrencyTests() {}

    public static void main(String[] limits) throws Exception {
        run(WHOLE, limits);
        for (String twin : TWINS) {
            mustFail(twin, limits);
        }
        System.out.println("All tests hold, and each broken twin was caught.");
    }

    private static void mustFail(String twin, String[] limits) throws Exception {
        for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
            try {
                run(twin.replace(".", "\\."), limits);
                System.out.println(twin + " has not shown its fault in attempt " + attempt);
            } catch (AssertionError shown) {
                if (!shown.getMessage().contains("Observed forbidden state")) {
                    throw shown;
                }
                return;
            }
        }
        throw new AssertionError(twin + " did not show its fault: the tests cannot be trusted");
    }

    private static void run(String tests, String[] limits) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(limits));
        arguments.addAll(
                List.of("-t", tests, "-sc", "false", "-jvmArgs", "-Xmx256m --enable-native-access=ALL-UNNAMED"));
        Options options = new Options(arguments.toArray(String[]::new));
        if (!options.parse()) {
            throw new IllegalArgumentException("jcstress does not understand " + arguments);
        }
        new JCStress(options).run();
    }
}
