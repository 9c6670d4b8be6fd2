package dev.matryoshka.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The scoped values that a thread has bound, taken along to where its code goes on: a callback, a task, a protocol, a job of
 * the executor (asyncio copies the context in the same places). Any thread.
 *
 * <p>The JDK hands scoped values on in one way only, to the threads of a StructuredTaskScope, which no loop carries. They can be
 * bound in public, but not listed; listing them needs the option that tasks need anyway, and without it nothing is taken along.
 * So this reads with method handles, and binds with what everybody has.
 */
public final class ScopedBindings {
    private static final @Nullable Reader READER = Reader.find();

    private final ScopedValue.Carrier carrier;

    private ScopedBindings(ScopedValue.Carrier carrier) {
        this.carrier = carrier;
    }

    /** Whether they can be taken along in this JVM. */
    public static boolean available() {
        return READER != null;
    }

    /** What the calling thread has bound now, but for the loop itself; null for nothing, which is what mostly is. */
    static @Nullable ScopedBindings capture() {
        Reader reader = READER;
        return reader == null ? null : reader.capture();
    }

    /** The same code with the present values around it, or itself when there are none. */
    public static Runnable bind(Runnable body) {
        ScopedBindings bindings = capture();
        return bindings == null ? body : new Bound(bindings, body);
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

    /**
     * How JDK 25 keeps them: each thread has the newest snapshot; a snapshot holds a chain of carriers, and the snapshot that
     * was there before.
     */
    private record Reader(
            MethodHandle current,
            MethodHandle snapshotPrevious,
            MethodHandle snapshotCarrier,
            MethodHandle carrierPrevious,
            MethodHandle carrierKey,
            MethodHandle carrierValue) {
        static @Nullable Reader find() {
            try {
                Class<?> snapshot = Class.forName("java.lang.ScopedValue$Snapshot");
                Class<?> carrier = ScopedValue.Carrier.class;
                MethodHandles.Lookup all = MethodHandles.privateLookupIn(ScopedValue.class, MethodHandles.lookup());
                MethodHandles.Lookup inSnapshot = MethodHandles.privateLookupIn(snapshot, MethodHandles.lookup());
                MethodHandles.Lookup inCarrier = MethodHandles.privateLookupIn(carrier, MethodHandles.lookup());
                Reader reader = new Reader(
                        all.findStatic(ScopedValue.class, "scopedValueBindings", MethodType.methodType(snapshot))
                                .asType(MethodType.methodType(Object.class)),
                        field(inSnapshot, snapshot, "prev", snapshot),
                        field(inSnapshot, snapshot, "bindings", carrier),
                        field(inCarrier, carrier, "prev", carrier),
                        field(inCarrier, carrier, "key", ScopedValue.class),
                        field(inCarrier, carrier, "value", Object.class));
                return reader.works() ? reader : null;
            } catch (ReflectiveOperationException | RuntimeException otherJdk) {
                return null;
            }
        }

        private static MethodHandle field(MethodHandles.Lookup lookup, Class<?> owner, String name, Class<?> type)
                throws ReflectiveOperationException {
            return lookup.findGetter(owner, name, type).asType(MethodType.methodType(Object.class, Object.class));
        }

        /** A JDK that keeps them in another way under the same names must not lose them in silence. */
        private boolean works() {
            ScopedValue<String> probe = ScopedValue.newInstance();
            return ScopedValue.where(probe, "outer")
                    .call(() -> ScopedValue.where(probe, "inner").call(() -> {
                        ScopedBindings taken = capture();
                        return taken != null && "inner".equals(taken.carrier.get(probe));
                    }));
        }

        @Nullable
        ScopedBindings capture() {
            try {
                List<Object> keys = null;
                ScopedValue.Carrier all = null;
                Object snapshot = (Object) current.invokeExact();
                for (; snapshot != null; snapshot = (Object) snapshotPrevious.invokeExact(snapshot)) {
                    Object carrier = (Object) snapshotCarrier.invokeExact(snapshot);
                    for (; carrier != null; carrier = (Object) carrierPrevious.invokeExact(carrier)) {
                        Object key = (Object) carrierKey.invokeExact(carrier);
                        if (!CurrentLoop.isKey(key)) {
                            if (keys == null) {
                                keys = new ArrayList<>();
                            }
                            if (!keys.contains(key)) {
                                keys.add(key);
                                all = with(all, key, (Object) carrierValue.invokeExact(carrier));
                            }
                        }
                    }
                }
                return all == null ? null : new ScopedBindings(all);
            } catch (RuntimeException | Error failed) {
                throw failed;
            } catch (Throwable impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        @SuppressWarnings("unchecked")
        private static ScopedValue.Carrier with(ScopedValue.@Nullable Carrier before, Object key, Object value) {
            ScopedValue<Object> scoped = (ScopedValue<Object>) key;
            return before == null ? ScopedValue.where(scoped, value) : before.where(scoped, value);
        }
    }
}
