package dev.matryoshka.guards;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.Clock;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Spent;
import dev.matryoshka.support.TestLoop;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: what a pass costs beside its I/O: readings of the clock, and wake-ups. Method: a kernel whose clock counts, and the
 * kernels' own counts of wake-ups.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PassCostTest {
    private static final int CROWD = 100;
    private static final int POSTS = 1_000;

    // ---- the clock ------------------------------------------------------------------------------------------------

    /** The same kernel, whose clock counts how often it is read. */
    private static KernelProvider counting(KernelProvider inner, AtomicLong readings) {
        return new KernelProvider() {
            @Override
            public String name() {
                return inner.name();
            }

            @Override
            public Kernel open() throws IOException {
                Kernel kernel = inner.open();
                Clock clock = () -> {
                    readings.incrementAndGet();
                    return kernel.clock().nanoTime();
                };
                return (Kernel) Proxy.newProxyInstance(
                        Kernel.class.getClassLoader(), new Class<?>[] {Kernel.class}, (proxy, method, arguments) -> {
                            if (method.getName().equals("clock")) {
                                return clock;
                            }
                            try {
                                return method.invoke(kernel, arguments);
                            } catch (InvocationTargetException thrown) {
                                throw thrown.getCause();
                            }
                        });
            }
        };
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aPassReadsTheClockTwiceHoweverManyHaveSomethingToDo(Net net) throws Exception {
        AtomicLong readings = new AtomicLong();
        try (TestLoop on = TestLoop.unchecked(counting(net.provider(), readings))) {
            on.run(() -> Road.TCP.served(on, Doll.STREAM, way -> {
                List<Asker> crowd = new ArrayList<>();
                for (int i = 0; i < CROWD; i++) {
                    Asker asker = Load.ONE_MESSAGE.asker();
                    way.connect(asker);
                    crowd.add(asker);
                }
                try {
                    on.passes(5);
                    long before = readings.get();
                    Spent spent = Spent.by(on, () -> {
                        for (Asker asker : crowd) {
                            on.loop.callSoon(asker::begin);
                        }
                        for (Asker asker : crowd) {
                            asker.awaitAnswer();
                        }
                    });
                    assertThat(spent.callbacks()).as("all had").isGreaterThanOrEqualTo(2 * CROWD);
                    assertThat(spent.passes()).as("together").isLessThan(CROWD / 2);
                    assertThat(readings.get() - before)
                            .as("readings in %s passes", spent.passes())
                            .isBetween(2 * spent.passes() - 2, 2 * spent.passes() + 2);
                } finally {
                    crowd.forEach(Asker::close);
                }
            }));
        }
    }

    // ---- wake-ups -------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aBurstOfPostsFromAnotherThreadRingsOnceAtMost(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            AtomicInteger ran = new AtomicInteger();
            for (int burst = 1; burst <= 5; burst++) {
                CountDownLatch posted = new CountDownLatch(1);
                long before = on.calls().wakeup;
                on.kernel.holdTime();
                on.loop.callSoon(() -> Thread.ofPlatform().start(() -> {
                    // The first keeps the loop awake until the last is there, so that none of them finds it asleep
                    // again.
                    on.loop.callSoonThreadsafe(() -> await(posted));
                    for (int i = 0; i < POSTS; i++) {
                        on.loop.callSoonThreadsafe(ran::incrementAndGet);
                    }
                    on.loop.callSoonThreadsafe(on.loop::stop);
                    on.kernel.releaseTime();
                    posted.countDown();
                }));
                on.loop.runForever();
                assertThat(ran).hasValue(burst * POSTS);
                assertThat(on.calls().wakeup - before)
                        .as("one if it slept already, and one for the virtual clock")
                        .isBetween(0L, 1L);
            }
        }
    }

    private static void await(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            Thread.onSpinWait();
        }
    }
}
