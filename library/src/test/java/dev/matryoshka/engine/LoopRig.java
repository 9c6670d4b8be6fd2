package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

/**
 * A loop on a scripted kernel for one test. What nobody caught is collected, and unless the test asks for it with
 * {@link #reported()}, it fails the test at the end; so does anything that is left in the loop.
 */
public final class LoopRig implements AutoCloseable {
    public final ScriptedKernel kernel;
    public final Loop loop;
    public final LoopEngine engine;
    private final List<ExceptionContext> reported = new ArrayList<>();

    private LoopRig(ScriptedKernel kernel, LoopOptions options) {
        this.kernel = kernel;
        this.loop = open(kernel, options);
        this.engine = Engines.of(loop);
        loop.setExceptionHandler((source, context) -> reported.add(context));
    }

    /** A day passes at once. */
    public static LoopRig onVirtualTime() {
        return new LoopRig(ScriptedKernel.onVirtualTime(), LoopOptions.defaults());
    }

    public static LoopRig onVirtualTime(LoopOptions options) {
        return new LoopRig(ScriptedKernel.onVirtualTime(), options);
    }

    public static LoopRig onRealTime() {
        return new LoopRig(ScriptedKernel.onRealTime(), LoopOptions.defaults());
    }

    /** A loop over any kernel. */
    public static Loop open(Kernel kernel, LoopOptions options) {
        KernelProvider provider = new KernelProvider() {
            @Override
            public String name() {
                return kernel.name();
            }

            @Override
            public Kernel open() {
                return kernel;
            }
        };
        try {
            Class.forName("dev.matryoshka.EventLoop"); // its initialiser tells Engines how to open a loop
            return Engines.open(options, provider);
        } catch (IOException | ClassNotFoundException failed) {
            throw new AssertionError(failed);
        }
    }

    /** Runs a body as a task until it has ended, whatever else there is, and returns or throws what it did. */
    public <T> T run(Callable<T> main) throws Exception {
        Task<T> task = Task.create(loop, "main", main);
        task.addDoneCallback(ended -> loop.stop());
        loop.runForever();
        try {
            return task.get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw failed;
        }
    }

    /** Runs passes that do not wait. */
    public void passes(int count) {
        for (int i = 0; i < count; i++) {
            loop.stop();
            loop.runForever();
        }
    }

    /** What nobody caught so far; the test has to look at it. */
    public List<ExceptionContext> reported() {
        List<ExceptionContext> taken = List.copyOf(reported);
        reported.clear();
        return taken;
    }

    /** Several loops' worth of other threads may still be at work: closes whatever is left. */
    @Override
    public void close() {
        loop.close();
        assertThat(kernel.closed).as("the kernel is closed").isTrue();
        assertThat(reported).as("nothing was thrown that nobody caught").isEmpty();
        assertThat(engine.load())
                .as("nothing is left in the loop")
                .isEqualTo(new LoopLoad(0, 0, 0, 0, engine.chunks().inUse()));
    }
}
