package dev.matryoshka.engine;

import dev.matryoshka.loop.Loop;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/** The loops of this JVM that were opened and not closed, for those who look. Weak: to be listed keeps none alive. Any thread. */
public final class OpenLoops {
    /** Loops are equal only to themselves. */
    private static final Set<Loop> LOOPS = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    private OpenLoops() {}

    public static void add(Loop loop) {
        LOOPS.add(loop);
    }

    public static void remove(Loop loop) {
        LOOPS.remove(loop);
    }

    /** A copy, in no order. */
    public static List<Loop> all() {
        synchronized (LOOPS) {
            return new ArrayList<>(LOOPS);
        }
    }
}
