package dev.matryoshka.kernel.faulty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a method that the seam gets tomorrow is not swallowed by a wrapper, which would answer the default instead of asking
 * the kernel inside. Method: reflection; who declares what.
 */
class ForwardingTest {
    static Stream<Arguments> wrappers() {
        return Stream.of(
                Arguments.of(Kernel.class, FaultyKernel.class),
                Arguments.of(Kernel.class, CheckingKernel.class),
                Arguments.of(Poller.class, FaultyPoller.class),
                Arguments.of(Poller.class, CheckingPoller.class),
                Arguments.of(NonBlockingSocket.class, ForwardingSocket.class),
                Arguments.of(NonBlockingDatagramSocket.class, ForwardingDatagramSocket.class));
    }

    @ParameterizedTest
    @MethodSource("wrappers")
    void everyMethodOfTheSeamIsOverridden(Class<?> seam, Class<?> wrapper) {
        assertThat(Arrays.stream(seam.getMethods())
                        .filter(method -> !Modifier.isStatic(method.getModifiers()))
                        .filter(method -> !isDeclared(wrapper, method)))
                .isEmpty();
    }

    private static boolean isDeclared(Class<?> wrapper, Method method) {
        return Arrays.stream(wrapper.getDeclaredMethods())
                .anyMatch(own -> own.getName().equals(method.getName())
                        && Arrays.equals(own.getParameterTypes(), method.getParameterTypes()));
    }
}
