package dev.matryoshka.kernel.memory;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.engine.Engines;
import dev.matryoshka.kernel.faulty.CheckingKernel;
import dev.matryoshka.kernel.faulty.Opened;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: two loops on two threads share a network and its time, and their many tasks never stop on its lock. Method: clients on
 * one loop sleep, send and wait for the echo of the other; the time in the end is the sum of the sleeps and not a nanosecond
 * more, so no jump was made while a message was on its way.
 */
@Timeout(60)
class TwoLoopsTest {
    private static final int CLIENTS = 20;
    private static final int ROUNDS = 50;

    private final MemoryNetwork network = new MemoryNetwork().windows(7, 7);
    private final Opened<CheckingKernel> kernels = CheckingKernel.provider(network);

    @BeforeAll
    static void loadTheLoop() throws ClassNotFoundException {
        Class.forName(EventLoop.class.getName()); // its initialiser tells Engines how to open one
    }

    private EventLoop open(String name) throws IOException {
        return (EventLoop) Engines.open(LoopOptions.defaults().withName(name), kernels);
    }

    @Test
    void timePassesOnlyWhileBothWait() throws Exception {
        CompletableFuture<SocketAddress> address = new CompletableFuture<>();
        FutureTask<Void> serving = new FutureTask<>(() -> serve(address));
        Thread.ofPlatform().daemon().start(serving);
        SocketAddress server = address.get();
        long before = network.clock().nanoTime();
        EventLoop loop = open("clients");
        loop.runUntilComplete(loop.createTask("clients", () -> {
            for (int i = 0; i < CLIENTS; i++) {
                loop.createTask("client " + i, () -> talk(loop, server));
            }
            for (Task<?> each : loop.allTasks()) {
                if (each != Task.current()) {
                    each.await();
                }
            }
        }));
        assertThat(network.clock().nanoTime() - before)
                .isEqualTo(Duration.ofMinutes(ROUNDS).toNanos());
        loop.close();
        serving.get();
        assertThat(kernels.kernels())
                .hasSize(2)
                .allSatisfy(kernel -> assertThat(kernel.violations()).isEmpty());
    }

    private Void serve(CompletableFuture<SocketAddress> address) throws Exception {
        EventLoop loop = open("server");
        loop.runUntilComplete(loop.createTask("server", () -> {
            try (AsyncSocket listener = loop.openSocket()) {
                listener.bind(Side.loopback(0));
                listener.listen();
                address.complete(listener.localAddress());
                Task<?>[] echoes = new Task<?>[CLIENTS];
                for (int i = 0; i < CLIENTS; i++) {
                    AsyncSocket client = listener.accept();
                    echoes[i] = loop.createTask("echo " + i, () -> echo(client));
                }
                for (Task<?> each : echoes) {
                    each.await();
                }
            }
        }));
        loop.close();
        return null;
    }

    private static void echo(AsyncSocket client) throws Exception {
        try (client) {
            for (byte[] bytes; (bytes = client.recv(100)).length > 0; ) {
                client.sendAll(bytes);
            }
        }
    }

    private static void talk(EventLoop loop, SocketAddress server) throws Exception {
        try (AsyncSocket socket = loop.openSocket()) {
            socket.connect(Objects.requireNonNull(server));
            for (int round = 0; round < ROUNDS; round++) {
                Task.sleep(Duration.ofMinutes(1));
                socket.sendAll("more than fits into both windows"
                        .substring(0, 10 + round % 20)
                        .getBytes(US_ASCII));
                for (int left = 10 + round % 20; left > 0; ) {
                    left -= socket.recv(100).length;
                }
            }
        }
    }
}
