package dev.matryoshka.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Virtual threads whose scheduler is an executor of ours: the one place that bends the JDK.
 *
 * <p>JDK 25 has no public way to choose a virtual thread's scheduler. It has the package-private constructor
 * {@code java.lang.ThreadBuilders$VirtualThreadBuilder(Executor)}, which OpenJDK's own tests use, and which needs
 * {@code --add-opens java.base/java.lang=...}. The ladder: a public {@code Thread.Builder.OfVirtual.scheduler(Executor)}
 * should a later JDK have one; else the constructor; else there are no tasks, and whoever asks for one is told which option
 * is missing. Nothing falls back to other semantics in silence.
 */
public final class CarriedThreads {
    private static final @Nullable MethodHandle BUILDER;
    private static final String MODE;
    private static final @Nullable String PROBLEM;

    static {
        MethodHandle builder = null;
        String mode = "none";
        String problem = null;
        try {
            builder = publicBuilder();
            mode = "Thread.Builder.OfVirtual.scheduler";
            if (builder == null) {
                builder = constructor();
                mode = "ThreadBuilders.VirtualThreadBuilder(Executor)";
            }
            JdkPollers.start();
        } catch (Exception unavailable) {
            builder = null;
            mode = "none";
            problem = explain(unavailable);
        }
        BUILDER = builder;
        MODE = mode;
        PROBLEM = problem;
    }

    private CarriedThreads() {}

    /** Whether tasks can be had in this JVM. Any thread. */
    public static boolean available() {
        return BUILDER != null;
    }

    /** How the scheduler is set, or {@code none}. Any thread. */
    public static String mode() {
        return MODE;
    }

    /** What is missing and the option that mends it; null when nothing is. Any thread. */
    public static @Nullable String problem() {
        return PROBLEM;
    }

    /** @throws IllegalStateException naming the missing option */
    static Thread unstarted(Executor scheduler, String name, Thread.UncaughtExceptionHandler mark, Runnable body) {
        if (BUILDER == null) {
            throw new IllegalStateException(PROBLEM);
        }
        try {
            Thread.Builder.OfVirtual builder = (Thread.Builder.OfVirtual) BUILDER.invokeExact(scheduler);
            return builder.name(name).uncaughtExceptionHandler(mark).unstarted(body);
        } catch (RuntimeException | Error failed) {
            throw failed;
        } catch (Throwable failed) {
            throw new IllegalStateException("cannot make a virtual thread", failed);
        }
    }

    /** For a JDK that has grown a public method; JDK 25 has none. */
    private static @Nullable MethodHandle publicBuilder() {
        try {
            MethodHandle scheduler = MethodHandles.publicLookup()
                    .findVirtual(
                            Thread.Builder.OfVirtual.class,
                            "scheduler",
                            MethodType.methodType(Thread.Builder.OfVirtual.class, Executor.class));
            MethodHandle start = MethodHandles.publicLookup()
                    .findStatic(Thread.class, "ofVirtual", MethodType.methodType(Thread.Builder.OfVirtual.class));
            return MethodHandles.foldArguments(scheduler, start);
        } catch (NoSuchMethodException | IllegalAccessException absent) {
            return null;
        }
    }

    private static MethodHandle constructor() throws ReflectiveOperationException {
        Class<?> builder = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder");
        Constructor<?> constructor = builder.getDeclaredConstructor(Executor.class);
        constructor.setAccessible(true);
        return MethodHandles.lookup()
                .unreflectConstructor(constructor)
                .asType(MethodType.methodType(Thread.Builder.OfVirtual.class, Executor.class));
    }

    /**
     * A virtual thread made without a scheduler inherits its maker's. Were the first blocking java.net call of the JVM made
     * by a task, the JDK's own poller threads would become tasks of that loop, and die with it; so they are started here,
     * from a platform thread. A class of its own: that thread would wait for the class around it, whose initialiser waits for the
     * thread.
     */
    private static final class JdkPollers {
        static void start() throws Exception {
            PlatformThread.call(() -> Class.forName("sun.nio.ch.Poller", true, null));
        }
    }

    private static String explain(Exception unavailable) {
        Module module = CarriedThreads.class.getModule();
        String target = module.isNamed() ? module.getName() : "ALL-UNNAMED";
        return "tasks need the JVM option --add-opens java.base/java.lang=" + target
                + " (or, in the manifest of a jar that is run with java -jar, Add-Opens: java.base/java.lang);"
                + " protocols and transports work without it [" + unavailable + "]";
    }
}
