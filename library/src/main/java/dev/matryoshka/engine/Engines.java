package dev.matryoshka.engine;

import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopOptions;
import java.io.IOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * From a {@link Loop}, which users hold, to the engine inside it, which they do not see. The front door registers how, once,
 * in its class initialiser (the JDK's SharedSecrets do the same).
 */
public final class Engines {
    private static volatile @Nullable Function<Loop, @Nullable LoopEngine> access;

    private static volatile @Nullable Opener opener;

    private Engines() {}

    /** Called once by the only implementation of {@link Loop}. */
    public static void grantAccess(Function<Loop, @Nullable LoopEngine> accessor) {
        access = accessor;
    }

    /** Opens a loop over a kernel of the caller's choice: for the test kit, which brings its own network. */
    @FunctionalInterface
    public interface Opener {
        /** Opens it. */
        Loop open(LoopOptions options, KernelProvider provider) throws IOException;
    }

    /** Called once, together with {@link #grantAccess}. */
    public static void grantOpening(Opener byKernel) {
        opener = byKernel;
    }

    /** By name: the engine is below the front door and must not know it, but nobody may have touched that class yet. */
    private static void loadFrontDoor() {
        try {
            Class.forName("dev.matryoshka.EventLoop", true, Engines.class.getClassLoader());
        } catch (ClassNotFoundException torn) {
            throw new IllegalStateException("the library is not whole", torn);
        }
    }

    /** A loop over a given kernel. */
    public static Loop open(LoopOptions options, KernelProvider provider) throws IOException {
        if (opener == null) {
            loadFrontDoor();
        }
        Opener byKernel = opener;
        if (byKernel == null) {
            throw new IllegalStateException("the front door did not grant access");
        }
        return byKernel.open(options, provider);
    }

    /** @throws IllegalArgumentException for a loop that is not ours */
    public static LoopEngine of(Loop loop) {
        Function<Loop, @Nullable LoopEngine> accessor = access;
        LoopEngine engine = accessor == null ? null : accessor.apply(loop);
        if (engine == null) {
            throw new IllegalArgumentException("not an event loop of this library: " + loop);
        }
        return engine;
    }
}
