package dev.matryoshka.cli;

import dev.matryoshka.EventLoop;
import dev.matryoshka.loop.LoopOptions;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code explain}: what this JVM and this system give, and what is missing. It asks by trying, as a program would. */
@Command(
        name = "explain",
        description = "Tell the JDK, the system, which poller runs and why, and which options are missing.")
final class ExplainCommand implements Callable<Integer> {
    @Option(
            names = "--kernel",
            defaultValue = "auto",
            paramLabel = "NAME",
            description = "The poller to ask for: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private KernelName kernel = KernelName.AUTO;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        line(out, "JDK", Runtime.version() + " (" + property("java.vendor") + "), " + property("java.home"));
        line(out, "system", property("os.name") + " " + property("os.version") + ", " + property("os.arch"));
        line(out, "processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        try (EventLoop loop = EventLoop.open(LoopOptions.defaults().withKernel(kernel.toString()))) {
            line(out, "kernel", loop.kernelName() + ": " + loop.kernelReason());
            line(out, "native access", nativeAccess());
            String problem = taskProblem(loop);
            line(out, "tasks", problem == null ? "available" : "not available: " + problem);
        }
        return 0;
    }

    private static void line(PrintWriter out, String what, String value) {
        out.printf("%-14s %s%n", what + ":", value);
    }

    private static String property(String name) {
        return System.getProperty(name, "unknown");
    }

    private static String nativeAccess() {
        Module module = EventLoop.class.getModule();
        if (module.isNativeAccessEnabled()) {
            return "enabled";
        }
        String target = module.isNamed() ? module.getName() : "ALL-UNNAMED";
        return "not enabled, which epoll needs: --enable-native-access=" + target;
    }

    /** Null when a task runs; otherwise what createTask says, which names the option. */
    private static @Nullable String taskProblem(EventLoop loop) {
        try {
            loop.runUntilComplete(loop.createTask(() -> true));
            return null;
        } catch (Exception failed) {
            return Failures.describe(failed);
        }
    }
}
