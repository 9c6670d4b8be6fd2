package dev.matryoshka.cli.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.cli.echo.Doll;
import dev.matryoshka.cli.echo.RunningEcho;
import dev.matryoshka.cli.echo.TestClient;
import dev.matryoshka.cli.proxy.RunningProxy.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: nothing is left, mixed up or broken by whatever mixture of clients. Method: some hundred drawn lives, by seed. */
class ProxySoakTest {
    private static final int THREADS = 4;
    private static final int LIVES = 60;
    private static final int MESSAGE_BYTES_MAX = 200_000;

    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger resets = new AtomicInteger();

    @ParameterizedTest
    @MethodSource("dev.matryoshka.cli.echo.TestKernels#all")
    void manyLives(String kernel) throws Exception {
        try (RunningEcho echo = RunningEcho.start(Doll.PROTOCOL, kernel, false);
                RunningProxy proxy = new Settings(echo.address()).start(kernel)) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                Random random = new Random(20_261_126 + i);
                threads.add(Thread.ofPlatform().start(() -> live(proxy, random)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(failures).isEmpty();
            proxy.untilEmpty();
            assertThat(proxy.counters()).startsWith("connections=" + THREADS * LIVES + " ");
            assertThat(proxy.complaints())
                    .as("only what was reset is told")
                    .hasSizeLessThanOrEqualTo(resets.get())
                    .allMatch(line -> line.contains(" broke: "));
        }
    }

    private void live(RunningProxy proxy, Random random) {
        try {
            for (int life = 0; life < LIVES; life++) {
                try (TestClient client = proxy.connect()) {
                    liveOnce(client, random);
                }
            }
        } catch (Throwable failed) {
            failures.add(failed);
        }
    }

    private void liveOnce(TestClient client, Random random) throws IOException {
        for (int messages = random.nextInt(5); messages > 0; messages--) {
            byte[] message = new byte[1 + random.nextInt(random.nextBoolean() ? 100 : MESSAGE_BYTES_MAX)];
            random.nextBytes(message);
            client.send(message);
            if (random.nextInt(8) == 0) {
                resets.incrementAndGet();
                client.reset();
                return;
            }
            assertThat(client.receiveBytes(message.length)).isEqualTo(message);
        }
        if (random.nextBoolean()) {
            client.endSending();
            assertThat(client.atEnd()).isTrue();
        }
    }
}
