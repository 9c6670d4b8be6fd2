package dev.matryoshka.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.loop.WrongThreadException;
import dev.matryoshka.socket.AsyncDatagramSocket;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: every public method of everything that belongs to a loop fails at once on a foreign thread, unless it says "Any thread".
 *
 * <p>Method: one object of each kind, alive; every method that its public type declares is called from a foreign thread, with
 * arguments made for their types. What its comment says decides what has to happen. Nothing may have changed afterwards.
 */
@Proves({"W10", "I-33"})
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WrongThreadTest {
    @Test
    void everyMethodOfALoopsObjectFailsOnAForeignThreadOrSaysThatItDoesNot() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                Server server = on.loop.startServer((reader, writer) -> reader.read(), "127.0.0.1", 0);
                StreamConnection stream = on.loop.openConnection("127.0.0.1", server.port());
                AsyncSocket socket = on.loop.openSocket();
                socket.connect(new InetSocketAddress("127.0.0.1", server.port()));
                AsyncDatagramSocket datagrams = on.loop.openDatagramSocket(StandardProtocolFamily.INET);
                Task<Void> task = on.loop.createTask(() -> new CountDownLatch(1).await());
                on.until("both have been accepted", () -> server.clientCount() == 2);

                Map<Class<?>, Object> objects = new LinkedHashMap<>();
                objects.put(Transport.class, pair.clientTransport());
                objects.put(Server.class, server);
                objects.put(StreamReader.class, stream.reader());
                objects.put(StreamWriter.class, stream.writer());
                objects.put(AsyncSocket.class, socket);
                objects.put(AsyncDatagramSocket.class, datagrams);
                objects.put(Task.class, task);
                List<String> wrong = new ArrayList<>();
                int[] called = new int[1];
                Thread foreign = new Thread(() -> objects.forEach((type, object) -> {
                    for (Method method : methods(type)) {
                        called[0]++;
                        String complaint = complaint(type, object, method);
                        if (complaint != null) {
                            wrong.add(complaint);
                        }
                    }
                }));
                foreign.start();
                foreign.join();
                assertThat(wrong).isEmpty();
                assertThat(called[0]).as("methods that were called").isGreaterThan(70);
                assertThat(pair.clientTransport().isClosing()).isFalse();
                assertThat(server.isServing()).isTrue();
                assertThat(stream.writer().isClosing()).isFalse();
                assertThat(socket.isOpen()).isTrue();

                task.cancel();
                stream.close();
                socket.close();
                datagrams.close();
                pair.end(on);
                server.close();
                server.waitClosed();
            });
        }
    }

    private static List<Method> methods(Class<?> type) {
        List<Method> methods = new ArrayList<>();
        for (Method method : type.getMethods()) {
            boolean ours = method.getDeclaringClass().getName().startsWith("dev.matryoshka.");
            boolean said = SAID_BY_THE_JDK.contains(method.getName());
            if (ours && !said && !Modifier.isStatic(method.getModifiers()) && !method.isBridge()) {
                methods.add(method);
            }
        }
        return methods;
    }

    /** What a foreign thread may call because the JDK's own contract, or the class's comment, says so. */
    private static final List<String> SAID_BY_THE_JDK = List.of(
            "toString",
            "hashCode",
            "equals",
            "isDone",
            "isCancelled",
            "get",
            "resultNow",
            "exceptionNow",
            "state",
            "cancel");

    private static String complaint(Class<?> type, Object object, Method method) {
        String name = type.getSimpleName() + "." + method.getName();
        boolean anyThread = SourceComments.saysAnyThread(method);
        if (anyThread) {
            return null; // tested where it is promised
        }
        Throwable thrown = null;
        try {
            method.invoke(object, arguments(method));
        } catch (InvocationTargetException failed) {
            thrown = failed.getCause();
        } catch (IllegalAccessException | RuntimeException broken) {
            return name + " could not be called: " + broken;
        }
        return thrown instanceof WrongThreadException ? null : name + " -> " + thrown;
    }

    private static Object[] arguments(Method method) {
        Class<?>[] types = method.getParameterTypes();
        Object[] arguments = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            arguments[i] = argument(types[i]);
        }
        return arguments;
    }

    private static Object argument(Class<?> type) {
        if (type == int.class) {
            return 0;
        }
        if (type == long.class) {
            return 1L;
        }
        if (type == boolean.class) {
            return true;
        }
        if (type == byte[].class) {
            return new byte[1];
        }
        if (type == ByteBuffer.class) {
            return ByteBuffer.allocate(1);
        }
        if (type.isArray()) {
            Object array = Array.newInstance(type.getComponentType(), 1);
            Array.set(array, 0, argument(type.getComponentType()));
            return array;
        }
        if (type == SocketAddress.class) {
            return new InetSocketAddress(1);
        }
        if (type == BaseProtocol.class) {
            return new Recorder();
        }
        if (type == Duration.class) {
            return Duration.ofSeconds(1);
        }
        if (type == SocketOption.class) {
            return StandardSocketOptions.TCP_NODELAY;
        }
        if (type == java.nio.charset.Charset.class) {
            return StandardCharsets.UTF_8;
        }
        if (Collection.class.isAssignableFrom(type)) {
            return List.of();
        }
        if (type == String.class || type == CharSequence.class) {
            return "x";
        }
        if (type == Object.class) {
            return true;
        }
        if (type == Path.class) {
            return Path.of("file");
        }
        if (type == FileChannel.class) {
            return aFile();
        }
        if (type.isRecord()) {
            return defaults(type);
        }
        if (type.isInterface()) {
            return java.lang.reflect.Proxy.newProxyInstance(
                    type.getClassLoader() == null ? WrongThreadTest.class.getClassLoader() : type.getClassLoader(),
                    new Class<?>[] {type},
                    (proxy, called, with) -> null);
        }
        return null;
    }

    /** Options of this library have a method of that name. */
    private static Object defaults(Class<?> options) {
        try {
            return options.getMethod("defaults").invoke(null);
        } catch (ReflectiveOperationException others) {
            return null;
        }
    }

    /** Nobody reads it; the JDK closes it when it is collected. */
    private static FileChannel aFile() {
        try {
            return FileChannel.open(Path.of(System.getProperty("java.home"), "release"));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
