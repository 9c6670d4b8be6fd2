package dev.matryoshka.contract;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Watchable.WOULD_BLOCK;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.Ipv6;
import dev.matryoshka.support.LeakCheck;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal and method of {@link KernelScriptTest}, for datagrams: four sockets that send to each other, by address and as connected
 * ones, come and go.
 */
@ExtendWith(LeakCheck.class)
class DatagramScriptTest {
    private static final int SCRIPTS = 120;
    private static final int STEPS = 40;
    private static final int SOCKETS = 4;

    /** The one that is bound to the wildcard. */
    private static final int WILD = 3;

    @TempDir
    Path directory;

    private int names;

    private final class World {
        final Kernel kernel;
        final StandardProtocolFamily family;
        final NonBlockingDatagramSocket[] sockets = new NonBlockingDatagramSocket[SOCKETS];

        /** Where they are, or were. */
        final SocketAddress[] addresses = new SocketAddress[SOCKETS];

        final Map<Long, Integer> reported = new LinkedHashMap<>();
        final long[] tokens = new long[SOCKETS];
        private long lastToken;

        World(Kernel kernel, StandardProtocolFamily family) {
            this.kernel = kernel;
            this.family = family;
        }

        void open(int which) throws IOException {
            NonBlockingDatagramSocket socket = kernel.openDatagram(family);
            socket.bind(anyAddress(which == WILD));
            sockets[which] = socket;
            addresses[which] = socket.localAddress() instanceof InetSocketAddress inet
                    ? new InetSocketAddress(loopback(), inet.getPort())
                    : socket.localAddress();
            tokens[which] = ++lastToken;
            kernel.poller().register(socket, lastToken);
        }

        private SocketAddress anyAddress(boolean wildcard) {
            return switch (family) {
                case UNIX -> UnixDomainSocketAddress.of(directory.resolve("d" + names++));
                case INET -> new InetSocketAddress(wildcard ? "0.0.0.0" : loopback(), 0);
                case INET6 -> new InetSocketAddress(wildcard ? "::" : loopback(), 0);
            };
        }

        private String loopback() {
            return family == StandardProtocolFamily.INET ? "127.0.0.1" : "::1";
        }

        void close(int which) {
            kernel.poller().deregister(sockets[which]);
            sockets[which].close();
        }

        void poll(long nanos) throws IOException {
            int ignored = kernel.poller().poll(nanos, (token, bits) -> reported.merge(token, bits, (a, b) -> a | b));
        }

        private boolean isReadable(int which) {
            return (reported.getOrDefault(tokens[which], 0) & READABLE) != 0;
        }

        void drain(int which) {
            for (int i = 0; i < STEPS; i++) {
                try {
                    if (sockets[which].tryRecvFrom(ByteBuffer.allocate(0)) == WOULD_BLOCK) {
                        return;
                    }
                } catch (IOException told) {
                    continue; // an error comes once
                }
            }
        }

        String send(int from, int to, int length) throws IOException {
            byte[] bytes = new byte[length];
            Arrays.fill(bytes, (byte) length);
            int sent = sockets[from].trySendTo(ByteBuffer.wrap(bytes), to < 0 ? null : addresses[to]);
            return sent == WOULD_BLOCK ? "WOULD_BLOCK" : "sent " + sent;
        }

        /** What has come, if the poller says that something has. */
        String receive(int at, int room) throws IOException {
            poll(0);
            if (!isReadable(at)) {
                return "WOULD_BLOCK";
            }
            ByteBuffer target = ByteBuffer.allocate(room);
            int count = sockets[at].tryRecvFrom(target);
            if (count == WOULD_BLOCK) {
                reported.remove(tokens[at]);
                return "WOULD_BLOCK";
            }
            return count + " bytes #" + Arrays.hashCode(target.array()) + " from "
                    + Arrays.asList(addresses).indexOf(sockets[at].sender())
                    + (sockets[at].isTruncated() ? ", cut" : "");
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
                return failed.getClass().getSimpleName() + " "
                        + KernelScriptTest.errno(failed).replace("ENOENT", "ECONNREFUSED");
            } catch (RuntimeException misuse) {
                return misuse.getClass().getSimpleName();
            }
        }
    }

    private static Step draw(Random random, KernelCase which) {
        int one = random.nextInt(SOCKETS);
        int other = random.nextInt(SOCKETS);
        int what = random.nextInt(100);
        if (what < 40) {
            int to = random.nextInt(3) == 0 ? -1 : other;
            int length = 1 + random.nextInt(900);
            return new Step("send " + length + " from " + one + " to " + to, world -> world.send(one, to, length));
        }
        if (what < 80) {
            int room = random.nextInt(4) == 0 ? random.nextInt(200) : 1000;
            return new Step("receive " + room + " at " + one, world -> world.receive(one, room));
        }
        if (what < 86) {
            return new Step("connect " + one + " to " + other, world -> {
                world.drain(one); // what others have sent before may be dropped
                world.sockets[one].connect(world.addresses[other]);
                return "done";
            });
        }
        if (what < 89) {
            return new Step("disconnect " + one, world -> {
                world.drain(one);
                world.sockets[one].disconnect();
                return "done";
            });
        }
        if (what < 92 && !which.name().equals("nio")) { // the JDK keeps it to itself
            return new Step("takeError of " + one, world -> {
                IOException error = world.sockets[one].takeError();
                return error == null ? "no error" : KernelScriptTest.errno(error);
            });
        }
        if (what < 96) {
            return new Step("addresses of " + one, world -> {
                NonBlockingDatagramSocket socket = world.sockets[one];
                List<SocketAddress> all = Arrays.asList(world.addresses);
                String host = socket.localAddress() instanceof InetSocketAddress inet ? inet.getHostString() : "";
                return host + " " + all.indexOf(socket.localAddress()) + " -> " + all.indexOf(socket.remoteAddress());
            });
        }
        if (what < 98) {
            return new Step("close " + one, world -> {
                if (world.sockets[one].isOpen()) {
                    world.close(one);
                }
                return "done";
            });
        }
        return new Step("open " + one + " anew", world -> {
            if (!world.sockets[one].isOpen()) {
                world.open(one);
            }
            return "done";
        });
    }

    static Stream<Arguments> real() {
        return KernelScriptTest.real()
                .flatMap(which -> Stream.of(
                        Arguments.of(which, StandardProtocolFamily.INET),
                        Arguments.of(which, StandardProtocolFamily.INET6),
                        Arguments.of(which, StandardProtocolFamily.UNIX)));
    }

    @ParameterizedTest
    @MethodSource("real")
    void anyScriptOfCallsIsAnsweredAsInMemory(KernelCase which, StandardProtocolFamily family) throws IOException {
        assumeTrue(which.whyNot() == null, which.whyNot());
        assumeFalse(which.name().equals("nio") && family == StandardProtocolFamily.UNIX, "the JDK has none");
        if (family == StandardProtocolFamily.INET6) {
            Ipv6.assume();
        }
        Scripts.assertNoDifference(SCRIPTS, seed -> play(seed, which, family));
    }

    private String play(long seed, KernelCase which, StandardProtocolFamily family) throws IOException {
        Random random = new Random(seed);
        try (Kernel inMemory = new MemoryNetwork().open();
                Kernel onSystem = which.providers().get().open()) {
            World memory = new World(inMemory, family);
            World real = new World(onSystem, family);
            for (int i = 0; i < SOCKETS; i++) {
                memory.open(i);
                real.open(i);
            }
            List<String> done = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                Step step = draw(random, which);
                String expected = step.outcome(memory);
                String answered = step.outcome(real);
                for (int wait = 0;
                        wait < KernelScriptTest.POLLS_MAX && KernelScriptTest.isEarlier(answered, expected);
                        wait++) {
                    real.poll(KernelContract.MOMENT_NANOS);
                    answered = step.outcome(real);
                }
                done.add(step.name + " = " + expected);
                if (!answered.equals(expected)) {
                    return Scripts.told("seed " + seed + " " + family, step.name, expected, which, answered, done);
                }
            }
            return null;
        }
    }
}
