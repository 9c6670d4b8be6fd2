package dev.matryoshka.support;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.Watchable;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * A kernel with one call exchanged for a failure, of any kind: for errors that {@link dev.matryoshka.kernel.faulty.Faults} has
 * no rule for.
 */
public final class Tampered {
    private Tampered() {}

    /** Asked before each call of a kernel, its poller and its sockets. */
    @FunctionalInterface
    public interface Tamper {
        /** What the call throws instead of being made, or null. */
        Throwable instead(String method, Object[] arguments);
    }

    public static KernelProvider provider(KernelProvider provider, Tamper tamper) {
        return new KernelProvider() {
            @Override
            public String name() {
                return provider.name();
            }

            @Override
            public Kernel open() throws IOException {
                return around(Kernel.class, provider.open(), tamper);
            }
        };
    }

    private static <T> T around(Class<T> face, T inner, Tamper tamper) {
        InvocationHandler handler = new Shell(inner, tamper);
        return face.cast(Proxy.newProxyInstance(face.getClassLoader(), new Class<?>[] {face}, handler));
    }

    private record Shell(Object inner, Tamper tamper) implements InvocationHandler {
        @Override
        public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
            Object[] given = arguments == null ? new Object[0] : arguments;
            Throwable instead =
                    method.getDeclaringClass() == Object.class ? null : tamper.instead(method.getName(), given);
            if (instead != null) {
                throw instead;
            }
            for (int i = 0; i < given.length; i++) {
                given[i] = unwrapped(given[i]);
            }
            try {
                return wrapped(method.invoke(inner, given));
            } catch (InvocationTargetException failed) {
                throw failed.getCause();
            }
        }

        private static Object unwrapped(Object argument) {
            boolean ours = argument instanceof Watchable && Proxy.isProxyClass(argument.getClass());
            return ours ? ((Shell) Proxy.getInvocationHandler(argument)).inner : argument;
        }

        private Object wrapped(Object result) {
            return switch (result) {
                case NonBlockingSocket socket -> around(NonBlockingSocket.class, socket, tamper);
                case NonBlockingDatagramSocket socket -> around(NonBlockingDatagramSocket.class, socket, tamper);
                case Poller poller -> around(Poller.class, poller, tamper);
                case null, default -> result;
            };
        }
    }
}
