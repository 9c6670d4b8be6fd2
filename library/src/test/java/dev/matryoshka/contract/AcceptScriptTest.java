package dev.matryoshka.contract;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.LeakCheck;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal and method of {@link KernelScriptTest}, for what waits at a listener: clients that send, end or are reset before they are
 * accepted, and a listener that closes over them.
 */
@ExtendWith(LeakCheck.class)
class AcceptScriptTest {
    private static final int SCRIPTS = 100;
    private static final int STEPS = 30;
    private static final int CLIENTS_MAX = 6;

    @TempDir
    Path directory;

    private int names;

    private final class World {
        final Kernel kernel;
        final Driver driver;
        final StandardProtocolFamily family;
        final Watched listener;
        final SocketAddress address;
        final List<Watched> clients = new ArrayList<>();
        final List<Watched> accepted = new ArrayList<>();

        /** Of the step that is made now, on a real kernel; null in memory. */
        String expected;

        World(Kernel kernel, StandardProtocolFamily family) throws IOException {
            this.kernel = kernel;
            this.driver = new Driver(kernel);
            this.family = family;
            NonBlockingSocket socket = kernel.openStream(family);
            socket.bind(
                    family == StandardProtocolFamily.UNIX
                            ? UnixDomainSocketAddress.of(directory.resolve("a" + names++))
                            : new InetSocketAddress("127.0.0.1", 0));
            socket.listen(2 * CLIENTS_MAX);
            this.listener = driver.watch(socket);
            this.address = socket.localAddress();
        }

        String connect() throws IOException {
            NonBlockingSocket socket = kernel.openStream(family);
            boolean done;
            try {
                done = socket.tryConnect(address);
            } catch (IOException refused) {
                socket.close();
                throw refused;
            }
            Watched client = driver.watch(socket);
            try {
                if (!done) {
                    client.known = 0;
                    client.wanted = READABLE | WRITABLE;
                    driver.until("connected", () -> Driver.isConnected(client));
                }
            } catch (IOException refused) {
                driver.close(client);
                throw refused;
            }
            client.wanted = READABLE;
            if (family != StandardProtocolFamily.UNIX) {
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            clients.add(client);
            return "connected";
        }

        String accept() throws IOException {
            int ignored = driver.poll(0);
            if (!listener.readable()) {
                return "WOULD_BLOCK";
            }
            NonBlockingSocket socket = listener.socket.tryAccept();
            if (socket == null) {
                listener.known = 0;
                return "WOULD_BLOCK";
            }
            Watched server = driver.watch(socket);
            accepted.add(server);
            return "accepted";
        }

        String close(Watched end, boolean reset) throws IOException {
            if (end.io.isOpen()) {
                if (reset) {
                    end.socket.setOption(StandardSocketOptions.SO_LINGER, 0);
                }
                driver.close(end);
            }
            return "done";
        }
    }

    private interface Call {
        String make(World world) throws IOException;
    }

    private record Step(String name, Call call) {
        String outcome(World world) {
            try {
                return call.make(world);
            } catch (IOException failed) {
                // a name in memory is gone with its socket, where a file would stay
                return KernelScriptTest.errno(failed).replace("ENOENT", "ECONNREFUSED");
            }
        }
    }

    private interface End {
        Watched of(World world);
    }

    private static Step draw(Random random, World memory) {
        int what = random.nextInt(100);
        if (what < 22 && memory.clients.size() < CLIENTS_MAX || memory.clients.isEmpty()) {
            return new Step("connect", World::connect);
        }
        if (what < 38 && memory.listener.io.isOpen()) {
            return new Step("accept", World::accept);
        }
        if (what < 41) {
            return new Step("close the listener", world -> world.close(world.listener, false));
        }
        boolean client = memory.accepted.isEmpty() || random.nextInt(3) > 0;
        int index = random.nextInt((client ? memory.clients : memory.accepted).size());
        End end = world -> (client ? world.clients : world.accepted).get(index);
        String who = (client ? " of client " : " of accepted ") + index;
        if (what < 60) {
            int count = random.nextInt(1, 900);
            return new Step("send " + count + who, world -> KernelScriptTest.send(world.driver, end.of(world), count));
        }
        if (what < 85) {
            return new Step(
                    "receive" + who,
                    world -> KernelScriptTest.receive(world.driver, end.of(world), 20_000, world.expected));
        }
        if (what < 90) {
            return new Step("shutdownOutput" + who, world -> {
                end.of(world).socket.shutdownOutput();
                return "done";
            });
        }
        boolean reset = what >= 96;
        return new Step((reset ? "reset" : "close") + who, world -> world.close(end.of(world), reset));
    }

    static Stream<Arguments> real() {
        return KernelScriptTest.real()
                .flatMap(which -> Stream.of(
                        Arguments.of(which, StandardProtocolFamily.INET),
                        Arguments.of(which, StandardProtocolFamily.UNIX)));
    }

    @ParameterizedTest
    @MethodSource("real")
    void anyScriptOfCallsIsAnsweredAsInMemory(KernelCase which, StandardProtocolFamily family) throws IOException {
        assumeTrue(which.whyNot() == null, which.whyNot());
        Scripts.assertNoDifference(SCRIPTS, seed -> play(seed, which, family));
    }

    private String play(long seed, KernelCase which, StandardProtocolFamily family) throws IOException {
        Random random = new Random(seed);
        try (Kernel inMemory = new MemoryNetwork().open();
                Kernel onSystem = which.providers().get().open()) {
            World memory = new World(inMemory, family);
            World real = new World(onSystem, family);
            List<String> done = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                Step step = draw(random, memory);
                String expected = step.outcome(memory);
                real.expected = expected;
                String answered = step.outcome(real);
                for (int wait = 0;
                        wait < KernelScriptTest.POLLS_MAX && KernelScriptTest.isEarlier(answered, expected);
                        wait++) {
                    int ignored = real.driver.poll(KernelContract.MOMENT_NANOS);
                    answered = step.outcome(real);
                }
                done.add(step.name + " = " + expected);
                if (!answered.equals(expected) && !KernelScriptTest.isOfTheJdk(which, answered, expected)) {
                    return Scripts.told("seed " + seed + " " + family, step.name, expected, which, answered, done);
                }
            }
            return null;
        }
    }
}
