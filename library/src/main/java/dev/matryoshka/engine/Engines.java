package dev.matryoshka.engine;

import dev.matryoshka.loop.Loop;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * From a {@link Loop}, which users hold, to the engine inside it, which they do not see. The front door registers how, once,
 * in its class initialiser (the JDK's SharedSecrets do the same).
 */
public final class Engines {
    private static volatile @Nullable Function<Loop, @Nullable LoopEngine> access;

    private Engines() {}

    /** Called once by the only implementation of {@link Loop}. */
    public static void grantAccess(Function<Loop, @Nullable LoopEngine> accessor) {
        access = accessor;
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
