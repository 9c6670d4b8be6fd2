package dev.matryoshka.engine;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The signals of this process, shared by all of its loops: one handler of the JVM per signal, as long as somebody listens, and
 * any number of listeners behind it. Any thread.
 *
 * <p>The JVM takes a signal with a handler of its own, which only notes it, and calls ours on a new thread. That is
 * {@code sun.misc.Signal} in the module {@code jdk.unsupported}, here by reflection: javac warns of the class, and cannot be
 * told that it is meant. The price, and what else was thought of, stands in docs/design/0016.
 */
public final class ProcessSignals {
    /** The name of the class that the JVM handles SIGHUP, SIGINT and SIGTERM with, unless somebody has replaced it. */
    private static final String JVM_DEFAULT = "java.lang.Terminator";

    /** By name; guarded by the class, as everything in the entries. */
    private static final Map<String, ProcessSignals> LISTENED = new HashMap<>();

    private final Object signal;
    private final Object handler;

    /** By owner; a second one of the same owner replaces its first. */
    private final Map<Object, Runnable> listeners = new LinkedHashMap<>();

    /** Who handled the signal before us, and will again. */
    private @Nullable Object previous;

    private ProcessSignals(String name) throws ReflectiveOperationException {
        Class<?> handlerType = type("sun.misc.SignalHandler");
        signal = type("sun.misc.Signal").getConstructor(String.class).newInstance(name);
        InvocationHandler calls = (proxy, method, arguments) -> switch (method.getName()) {
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            case "toString" -> "event loops";
            default -> {
                dispatch(name);
                yield null;
            }
        };
        handler = Proxy.newProxyInstance(handlerType.getClassLoader(), new Class<?>[] {handlerType}, calls);
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(name);
    }

    /**
     * Calls back at each arrival of a signal, on a thread of the JVM: hand over to a loop there. Signals that come close
     * together may be told as one. Who listens already and asks again gets the signal back, if somebody else has taken it over
     * since; meanwhile it goes to nobody else.
     *
     * @param name as {@code TERM}
     * @param owner has one listener per signal
     * @throws UnsupportedOperationException the JVM or the system does not give that signal away
     */
    public static synchronized void listen(String name, Object owner, Runnable listener) {
        ProcessSignals entry = LISTENED.get(name);
        if (entry == null || entry.listeners.containsKey(owner)) {
            entry = install(name, entry);
            LISTENED.put(name, entry);
        }
        entry.listeners.put(owner, listener);
    }

    private static ProcessSignals install(String name, @Nullable ProcessSignals standing) {
        try {
            ProcessSignals entry = standing != null ? standing : new ProcessSignals(name);
            Object latest = entry.handle(entry.handler);
            if (latest != entry.handler) {
                entry.previous = latest;
            }
            return entry;
        } catch (InvocationTargetException refused) {
            throw new UnsupportedOperationException(
                    "SIG" + name + " is not to be had: the JVM keeps it (was it started with -Xrs?),"
                            + " or this system has none of that name",
                    refused.getCause());
        } catch (ReflectiveOperationException missing) {
            throw new UnsupportedOperationException("this JVM has no module jdk.unsupported, so no signals", missing);
        }
    }

    private @Nullable Object handle(Object newHandler) throws ReflectiveOperationException {
        return signal.getClass()
                .getMethod("handle", signal.getClass(), type("sun.misc.SignalHandler"))
                .invoke(null, signal, newHandler);
    }

    /** What listens for an owner; null when nothing does. */
    public static synchronized @Nullable Runnable listener(String name, Object owner) {
        ProcessSignals entry = LISTENED.get(name);
        return entry == null ? null : entry.listeners.get(owner);
    }

    /** Ends a listening; with the last one the former handler is back. Null when that owner did not listen. */
    public static synchronized @Nullable Runnable unlisten(String name, Object owner) {
        ProcessSignals entry = LISTENED.get(name);
        Runnable listener = entry == null ? null : entry.listeners.remove(owner);
        if (entry != null && entry.listeners.isEmpty()) {
            LISTENED.remove(name);
            entry.restore();
        }
        return listener;
    }

    /** Somebody else may have taken the signal over since: then it stays with them. */
    private void restore() {
        Object former = previous;
        if (former == null) {
            return;
        }
        try {
            Object latest = handle(former);
            if (latest != null && latest != handler) {
                handle(latest);
            }
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException("the JVM gave a handler that it does not take back", impossible);
        }
    }

    private static void dispatch(String name) {
        snapshot(name).forEach(Runnable::run);
    }

    private static synchronized List<Runnable> snapshot(String name) {
        ProcessSignals entry = LISTENED.get(name);
        return entry == null ? List.of() : List.copyOf(entry.listeners.values());
    }

    /** How many listen to a signal. */
    public static int listenerCount(String name) {
        return snapshot(name).size();
    }

    /** Whether a signal that is listened to would do what it does in every JVM, if nobody listened. */
    public static synchronized boolean replacesDefault(String name) {
        ProcessSignals entry = LISTENED.get(name);
        return entry != null && String.valueOf(entry.previous).startsWith(JVM_DEFAULT);
    }

    /** Does on the calling thread what would have been done if nobody listened: for SIGINT the JVM exits with 130. */
    public static void passOn(String name) {
        ProcessSignals entry;
        synchronized (ProcessSignals.class) {
            entry = LISTENED.get(name);
        }
        Object former = entry == null ? null : entry.previous;
        if (entry == null || former == null) {
            return;
        }
        try {
            type("sun.misc.SignalHandler")
                    .getMethod("handle", entry.signal.getClass())
                    .invoke(former, entry.signal);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException("SIG" + name + " cannot be passed on", impossible);
        }
    }
}
