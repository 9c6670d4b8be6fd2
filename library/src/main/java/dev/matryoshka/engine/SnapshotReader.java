package dev.matryoshka.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lists the scoped values that a thread has bound, which JDK 25 has no way to ask. As it keeps them: each thread has the newest
 * snapshot; a snapshot holds a chain of carriers, each with one key and its value, and the snapshot that was there before. The
 * handles are static and final so that the JIT sees through them: this stands before everything that is scheduled.
 */
final class SnapshotReader {
    static final boolean AVAILABLE;

    private static final @Nullable MethodHandle CURRENT;
    private static final @Nullable MethodHandle SNAPSHOT_PREVIOUS;
    private static final @Nullable MethodHandle SNAPSHOT_CARRIER;
    private static final @Nullable MethodHandle CARRIER_PREVIOUS;
    private static final @Nullable MethodHandle CARRIER_KEY;
    private static final @Nullable MethodHandle CARRIER_VALUE;

    /** The snapshot of a thread that has nothing bound, as most have; null where the JDK does not call it so. */
    private static final @Nullable Object EMPTY;

    static {
        MethodHandle[] handles = find();
        AVAILABLE = handles.length > 0;
        CURRENT = AVAILABLE ? handles[0] : null;
        SNAPSHOT_PREVIOUS = AVAILABLE ? handles[1] : null;
        SNAPSHOT_CARRIER = AVAILABLE ? handles[2] : null;
        CARRIER_PREVIOUS = AVAILABLE ? handles[3] : null;
        CARRIER_KEY = AVAILABLE ? handles[4] : null;
        CARRIER_VALUE = AVAILABLE ? handles[5] : null;
        EMPTY = findEmpty();
    }

    private SnapshotReader() {}

    /** None without the option that opens java.lang, or on a JDK that keeps them otherwise. */
    private static MethodHandle[] find() {
        try {
            Class<?> snapshot = Class.forName("java.lang.ScopedValue$Snapshot");
            Class<?> carrier = ScopedValue.Carrier.class;
            Lookup all = MethodHandles.privateLookupIn(ScopedValue.class, MethodHandles.lookup());
            Lookup inSnapshot = MethodHandles.privateLookupIn(snapshot, MethodHandles.lookup());
            Lookup inCarrier = MethodHandles.privateLookupIn(carrier, MethodHandles.lookup());
            return new MethodHandle[] {
                all.findStatic(ScopedValue.class, "scopedValueBindings", MethodType.methodType(snapshot))
                        .asType(MethodType.methodType(Object.class)),
                field(inSnapshot, snapshot, "prev", snapshot),
                field(inSnapshot, snapshot, "bindings", carrier),
                field(inCarrier, carrier, "prev", carrier),
                field(inCarrier, carrier, "key", ScopedValue.class),
                field(inCarrier, carrier, "value", Object.class)
            };
        } catch (ReflectiveOperationException | RuntimeException otherwise) {
            return new MethodHandle[0];
        }
    }

    private static @Nullable Object findEmpty() {
        try {
            Class<?> snapshot = Class.forName("java.lang.ScopedValue$Snapshot");
            return MethodHandles.privateLookupIn(snapshot, MethodHandles.lookup())
                    .findStaticVarHandle(snapshot, "EMPTY_SNAPSHOT", snapshot)
                    .get();
        } catch (ReflectiveOperationException | RuntimeException otherwise) {
            return null;
        }
    }

    private static MethodHandle field(Lookup lookup, Class<?> owner, String name, Class<?> type)
            throws ReflectiveOperationException {
        return lookup.findGetter(owner, name, type).asType(MethodType.methodType(Object.class, Object.class));
    }

    /** What the calling thread has bound, the innermost value of each key, without the loop itself; null for nothing. */
    @SuppressWarnings("NullAway") // only where the handles are there
    static ScopedValue.@Nullable Carrier capture() {
        try {
            Object snapshot = (Object) CURRENT.invokeExact();
            return snapshot == EMPTY ? null : list(snapshot);
        } catch (RuntimeException | Error failed) {
            throw failed;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** A method of its own, so that what stands before everything that is scheduled stays small enough to be compiled into it. */
    @SuppressWarnings("NullAway")
    private static ScopedValue.@Nullable Carrier list(@Nullable Object newest) throws Throwable {
        List<Object> keys = null;
        ScopedValue.Carrier all = null;
        for (Object snapshot = newest; snapshot != null; snapshot = (Object) SNAPSHOT_PREVIOUS.invokeExact(snapshot)) {
            Object carrier = (Object) SNAPSHOT_CARRIER.invokeExact(snapshot);
            for (; carrier != null; carrier = (Object) CARRIER_PREVIOUS.invokeExact(carrier)) {
                Object key = (Object) CARRIER_KEY.invokeExact(carrier);
                if (CurrentLoop.isKey(key)) {
                    continue;
                }
                keys = keys == null ? new ArrayList<>() : keys;
                if (!keys.contains(key)) {
                    keys.add(key);
                    all = with(all, key, (Object) CARRIER_VALUE.invokeExact(carrier));
                }
            }
        }
        return all;
    }

    @SuppressWarnings("unchecked")
    private static ScopedValue.Carrier with(ScopedValue.@Nullable Carrier before, Object key, Object value) {
        ScopedValue<Object> scoped = (ScopedValue<Object>) key;
        return before == null ? ScopedValue.where(scoped, value) : before.where(scoped, value);
    }
}
