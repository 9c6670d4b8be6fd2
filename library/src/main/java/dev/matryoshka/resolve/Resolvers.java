package dev.matryoshka.resolve;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.loop.Loop;
import org.jspecify.annotations.Nullable;

/** Which resolver a loop asks when nobody says otherwise. Any thread. */
public final class Resolvers {
    private Resolvers() {}

    /** The resolver of a loop: the one that was set, or {@link SystemResolver#shared()}. */
    public static Resolver of(Loop loop) {
        Resolver own = Engines.of(loop).attachments().get(Resolver.class);
        return own != null ? own : SystemResolver.shared();
    }

    /**
     * Sets the resolver that a loop asks from now on; look-ups under way go on with theirs.
     *
     * @param resolver null for the system's
     */
    public static void set(Loop loop, @Nullable Resolver resolver) {
        Engines.of(loop).attachments().put(Resolver.class, resolver);
    }
}
