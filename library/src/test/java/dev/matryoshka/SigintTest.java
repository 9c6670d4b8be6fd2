package dev.matryoshka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.process.Kill;
import dev.matryoshka.process.Signal;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Goal: Ctrl-C during {@code EventLoop.run} lets the program tidy up once, and ends it as a JVM ends of it. Method: programs in
 * JVMs of their own, which say when they are ready, and get true signals.
 */
@Proves("run")
class SigintTest {
    private static final int EXIT_OF_SIGINT = 130;
    private static final Duration FOR_EVER = Duration.ofHours(1);
    private static final long SECONDS_MAX = 100;

    /** Tidies up when it is cancelled, and lets the cancel go on. */
    static final class Tidy {
        public static void main(String[] args) throws Exception {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("hook")));
            EventLoop.run(loop -> {
                System.out.println("ready");
                try {
                    Task.sleep(FOR_EVER);
                } finally {
                    Task.yield(); // the loop turns on: tidying up may wait
                    System.out.println("tidy");
                }
            });
            System.out.println("not reached");
        }
    }

    @Test
    @Proves(ports = {"test_runners.test_interrupt_call_soon", "test_runners.test_interrupt_wait"})
    void theFirstOneCancelsTheMainTaskAndThenTheJvmEndsAsOfASigint() throws Exception {
        Outcome outcome = run(Tidy.class, 1);
        assertThat(outcome.lines).containsExactly("ready", "tidy", "hook");
        assertThat(outcome.exitCode).isEqualTo(EXIT_OF_SIGINT);
    }

    /** Takes the cancel as a wish to end. */
    static final class Graceful {
        public static void main(String[] args) throws Exception {
            EventLoop.run(loop -> {
                System.out.println("ready");
                try {
                    Task.sleep(FOR_EVER);
                } catch (InterruptedException cancelled) {
                    System.out.println("drained");
                }
            });
            System.out.println("returned");
        }
    }

    @Test
    void aMainTaskThatTakesTheCancelReturnsNormally() throws Exception {
        Outcome outcome = run(Graceful.class, 1);
        assertThat(outcome.lines).containsExactly("ready", "drained", "returned");
        assertThat(outcome.exitCode).isZero();
    }

    /** Does not listen. */
    static final class Deaf {
        public static void main(String[] args) throws Exception {
            EventLoop.run(loop -> {
                while (true) {
                    System.out.println("ready");
                    try {
                        Task.sleep(FOR_EVER);
                    } catch (InterruptedException ignored) {
                        System.out.println("ignored");
                    }
                }
            });
        }
    }

    @Test
    void theSecondOneDoesNotWait() throws Exception {
        Outcome outcome = run(Deaf.class, 2);
        assertThat(outcome.lines).containsExactly("ready", "ignored", "ready");
        assertThat(outcome.exitCode).isEqualTo(EXIT_OF_SIGINT);
    }

    /** Opts out. */
    static final class OptedOut {
        public static void main(String[] args) throws Exception {
            EventLoop.run(LoopOptions.defaults().withCatchSigint(false), loop -> {
                System.out.println("ready");
                try {
                    Task.sleep(FOR_EVER);
                } finally {
                    System.out.println("tidy");
                }
            });
        }
    }

    @Test
    void whoOptsOutHasWhatEveryJvmDoes() throws Exception {
        Outcome outcome = run(OptedOut.class, 1);
        assertThat(outcome.lines).containsExactly("ready");
        assertThat(outcome.exitCode).isEqualTo(EXIT_OF_SIGINT);
    }

    /** Handles the signal itself. */
    static final class OwnHandler {
        public static void main(String[] args) throws Exception {
            EventLoop.run(loop -> {
                Task<?> sleeper = loop.createTask(() -> Task.sleep(FOR_EVER));
                loop.addSignalHandler(Signal.SIGINT, sleeper::cancel);
                System.out.println("ready");
                try {
                    sleeper.await();
                } catch (CancellationException ended) {
                    System.out.println("own handler");
                }
            });
        }
    }

    @Test
    void aHandlerOfTheLoopGoesFirst() throws Exception {
        Outcome outcome = run(OwnHandler.class, 1);
        assertThat(outcome.lines).containsExactly("ready", "own handler");
        assertThat(outcome.exitCode).isZero();
    }

    /** Is cancelled by itself and by the signal. */
    static final class CancelledTwice {
        public static void main(String[] args) throws Exception {
            try {
                EventLoop.run(loop -> {
                    Task<?> main = Task.current();
                    loop.callSoon(main::cancel);
                    try {
                        Task.sleep(FOR_EVER);
                    } finally {
                        System.out.println("ready");
                        try {
                            Task.sleep(FOR_EVER); // until the signal cancels this too
                        } catch (InterruptedException second) {
                            System.out.println("signal");
                        }
                    }
                });
            } catch (CancellationException own) {
                System.out.println("cancelled");
            }
        }
    }

    @Test
    @Proves(ports = "test_runners.test_interrupt_cancelled_task")
    void aMainTaskThatWasCancelledAnywayEndsAsThat() throws Exception {
        Outcome outcome = run(CancelledTwice.class, 1);
        assertThat(outcome.lines).containsExactly("ready", "signal", "cancelled");
        assertThat(outcome.exitCode).isZero();
    }

    // ---- running --------------------------------------------------------------------------------------------------

    private record Outcome(List<String> lines, int exitCode) {}

    /** Sends a signal at each line "ready", as often as was asked for. */
    private static Outcome run(Class<?> main, int signals) throws Exception {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(Kill.hearing(Signal.SIGINT));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath,
                main.getName()));
        Process jvm = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        jvm.onExit().orTimeout(SECONDS_MAX, TimeUnit.SECONDS).whenComplete((ended, late) -> jvm.destroyForcibly());
        List<String> lines = new ArrayList<>();
        int left = signals;
        try (BufferedReader output = jvm.inputReader()) {
            for (String line; (line = output.readLine()) != null; ) {
                lines.add(line);
                if (line.equals("ready") && left-- > 0) {
                    Kill.send(Signal.SIGINT, jvm.pid());
                }
            }
        }
        return new Outcome(lines, jvm.waitFor());
    }
}
