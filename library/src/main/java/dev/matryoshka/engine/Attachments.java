package dev.matryoshka.engine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What outer layers keep for one loop, by its type: the engine is below them and cannot have a field for each. Any thread.
 */
public final class Attachments {
    private final Map<Class<?>, Object> byType = new ConcurrentHashMap<>();

    Attachments() {}

    /** What was put for a type, or null. */
    public <T> @Nullable T get(Class<T> type) {
        return type.cast(byType.get(type));
    }

    /** Keeps a value in place of the one before; null takes it away. */
    public <T> void put(Class<T> type, @Nullable T value) {
        if (value == null) {
            byType.remove(type);
        } else {
            byType.put(type, value);
        }
    }
}
