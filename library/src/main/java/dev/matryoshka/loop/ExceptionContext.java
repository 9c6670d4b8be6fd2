package dev.matryoshka.loop;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a failure that nobody caught (the context dict of asyncio's {@code call_exception_handler}).
 *
 * @param message what was going on, for a person
 * @param exception what was thrown, or null when something went wrong without an exception
 * @param details who was involved, by asyncio's keys: {@code transport}, {@code protocol}, {@code task}, {@code handle},
 *     {@code server}, {@code socket}, {@link #ORIGIN}; in the order in which they were given
 */
public record ExceptionContext(String message, @Nullable Throwable exception, Map<String, Object> details) {
    /** The key under which debug mode tells where the object in question was made: a Throwable, for its stack. */
    public static final String ORIGIN = "origin";

    /** Copies the details, keeping their order. */
    public ExceptionContext {
        details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }

    /** A context without details. */
    public static ExceptionContext of(String message, @Nullable Throwable exception) {
        return new ExceptionContext(message, exception, Map.of());
    }

    /** The same with one more detail. */
    public ExceptionContext with(String key, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(details);
        more.put(key, value);
        return new ExceptionContext(message, exception, more);
    }

    /** The same with the place where the object in question was made, if it is known. */
    public ExceptionContext withOrigin(@Nullable Throwable origin) {
        return origin == null ? this : with(ORIGIN, origin);
    }

    /** Message and details in one line; the exception is not part of it. */
    public String describe() {
        StringBuilder line = new StringBuilder(message);
        details.forEach(
                (key, value) -> line.append("; ").append(key).append('=').append(value));
        return line.toString();
    }
}
