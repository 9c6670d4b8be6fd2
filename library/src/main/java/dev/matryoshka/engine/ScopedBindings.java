package dev.matryoshka.engine;

import org.jspecify.annotations.Nullable;

/**
 * The scoped values that a thread has bound, taken along to where its code goes on: a callback, a task, a protocol, a job of
 * the executor (asyncio copies the context in the same places). Any thread.
 *
 * <p>The JDK hands scoped values on in one way only, to the threads of a StructuredTaskScope, which no loop carries. They can be
 * bound in public, but not listed; listing them needs the option that tasks need anyway, and without it nothing is taken along.
 * So {@link SnapshotReader} lists them, and they are bound with what everybody has.
 */
public final class ScopedBindings {
    private static final boolean AVAILABLE = SnapshotReader.AVAILABLE && works();

    private final ScopedValue.Carrier carrier;

    private ScopedBindings(ScopedValue.Carrier carrier) {
        this.carrier = carrier;
    }

    /** Whether they can be taken along in this JVM. */
    public static boolean available() {
        return AVAILABLE;
    }

    /** A JDK that keeps them in another way under the same names must not lose them in silence. */
    private static boolean works() {
        ScopedValue<String> probe = ScopedValue.newInstance();
        return ScopedValue.where(probe, "outer")
                .call(() -> ScopedValue.where(probe, "inner").call(() -> {
                    ScopedValue.Carrier taken = SnapshotReader.capture();
                    return taken != null && "inner".equals(taken.get(probe));
                }));
    }

    /** What the calling thread has bound now, but for the loop itself; null for nothing, which is what mostly is. */
    static @Nullable ScopedBindings capture() {
        ScopedValue.Carrier carrier = AVAILABLE ? SnapshotReader.capture() : null;
        return carrier == null ? null : new ScopedBindings(carrier);
    }

    /** The same code with the present values around it, or itself when there are none. */
    public static Runnable bind(Runnable body) {
        ScopedValue.Carrier carrier = AVAILABLE ? SnapshotReader.capture() : null;
        return carrier == null ? body : bound(carrier, body);
    }

    private static Runnable bound(ScopedValue.Carrier carrier, Runnable body) {
        return new Bound(new ScopedBindings(carrier), body);
    }

    void run(Runnable body) {
        carrier.run(body);
    }

    /** Named as what it runs. */
    private record Bound(ScopedBindings bindings, Runnable body) implements Runnable {
        @Override
        public void run() {
            bindings.run(body);
        }

        @Override
        public String toString() {
            return body.toString();
        }
    }
}
