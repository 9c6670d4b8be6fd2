package dev.matryoshka.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;

/**
 * SIGTERM and SIGINT as a call, so that the process can drain and exit with 0; a shutdown hook would come too late for the
 * exit code, which is then 143 or 130. The callback runs on a thread of the JVM: hand over to the loop there.
 *
 * <p>By reflection, because javac warns of {@code sun.misc.Signal} and cannot be told that it is meant. The class is in
 * module {@code jdk.unsupported}; a JVM without that, or with {@code -Xrs}, ends at once on a signal, as usual.
 */
final class StopSignals {
    private StopSignals() {}

    /** Any thread. Calls back at each signal, from then on. */
    static void onStop(Runnable callback) {
        for (String name : List.of("TERM", "INT")) {
            try {
                handle(name, callback);
            } catch (ReflectiveOperationException | IllegalArgumentException unavailable) {
                System.getLogger(StopSignals.class.getName())
                        .log(System.Logger.Level.WARNING, "SIG" + name + " ends this process without draining");
            }
        }
    }

    private static void handle(String name, Runnable callback) throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        Class<?> handler = Class.forName("sun.misc.SignalHandler");
        InvocationHandler calls = (proxy, method, arguments) -> switch (method.getName()) {
            case "equals" -> proxy == arguments[0];
            case "hashCode" -> System.identityHashCode(proxy);
            case "toString" -> "StopSignals";
            default -> {
                callback.run();
                yield null;
            }
        };
        Object adapter = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, calls);
        Object instance = signal.getConstructor(String.class).newInstance(name);
        try {
            signal.getMethod("handle", signal, handler).invoke(null, instance, adapter);
        } catch (InvocationTargetException refused) {
            throw new IllegalArgumentException(refused.getCause());
        }
    }
}
