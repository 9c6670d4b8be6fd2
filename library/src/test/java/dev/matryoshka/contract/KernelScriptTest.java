package dev.matryoshka.contract;

import static dev.matryoshka.kernel.Watchable.WOULD_BLOCK;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.PipeEnds;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.LeakCheck;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: what a test proves over the network in memory is true of the real one: both answer each call alike, in whatever order the
 * calls come. Method: seeded scripts of calls on connections and pipes, made on both, step by step; the memory kernel says what is
 * expected, the real one gets a moment for what is under way. A consumer that does no more than the poller's contract allows makes
 * the calls, so an event that one of them forgets shows as a difference too.
 *
 * <p>Windows stay half empty: how much they take is each kernel's own.
 */
@ExtendWith(LeakCheck.class)
class KernelScriptTest {
    private static final int SCRIPTS = 120;
    private static final int STEPS = 30;
    private static final int UNDER_WAY_BYTES_MAX = 6_000;

    static final int POLLS_MAX = 100;

    private static final Pattern ERRNO = Pattern.compile("\\((E[A-Z0-9]+)\\)");

    @TempDir
    Path directory;

    private int names;

    enum Kind {
        TCP,
        UNIX,
        PIPE
    }

    /** One connection on one kernel: its two ends. */
    private static final class Line {
        final Watched[] ends;

        Line(Watched near, Watched far) {
            ends = new Watched[] {near, far};
        }
    }

    /** One of the two worlds. */
    private final class World {
        final Kernel kernel;
        final Driver driver;
        final List<Line> lines = new ArrayList<>();

        /** Of the step that is made now, on a real kernel; null in memory. */
        String expected;

        World(Kernel kernel) {
            this.kernel = kernel;
            this.driver = new Driver(kernel);
        }

        void add(Kind kind) throws IOException {
            if (kind == Kind.PIPE) {
                PipeEnds ends = kernel.openPipe();
                lines.add(new Line(driver.watch(ends.writer()), driver.watch(ends.reader())));
                return;
            }
            StandardProtocolFamily family =
                    kind == Kind.UNIX ? StandardProtocolFamily.UNIX : StandardProtocolFamily.INET;
            SocketAddress any = kind == Kind.UNIX
                    ? UnixDomainSocketAddress.of(directory.resolve("n" + names++))
                    : new InetSocketAddress("127.0.0.1", 0);
            NonBlockingSocket listening = kernel.openStream(family);
            listening.bind(any);
            listening.listen(4);
            Watched listener = driver.watch(listening);
            Watched client = driver.connect(kernel.openStream(family), listening.localAddress());
            Watched server = driver.accept(listener);
            driver.close(listener);
            if (kind == Kind.TCP) {
                client.socket.setOption(
                        StandardSocketOptions.TCP_NODELAY, true); // nothing waits for an acknowledgement
                server.socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            lines.add(new Line(client, server));
        }
    }

    /** A call on one end, the same in both worlds. */
    private record Step(String name, int line, int end, Call call) {
        @Override
        public String toString() {
            return name + " on " + line + (end == 0 ? "a" : "b");
        }
    }

    private interface Call {
        /** What it answered; WOULD_BLOCK when there is nothing yet. */
        String make(World world, Watched end) throws IOException;
    }

    private static String outcome(World world, Step step) {
        Watched end = world.lines.get(step.line).ends[step.end];
        try {
            return step.call.make(world, end);
        } catch (ClosedChannelException closed) {
            return "closed";
        } catch (IOException failed) {
            return errno(failed);
        } catch (RuntimeException misuse) {
            return misuse.getClass().getSimpleName();
        }
    }

    // ---- the steps ------------------------------------------------------------------------------------------------

    static String send(Driver driver, Watched end, int count) throws IOException {
        ignore(driver.poll(0));
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) count);
        ByteBuffer source = ByteBuffer.wrap(bytes);
        int sent = end.send(source);
        return sent == 0 ? "WOULD_BLOCK" : "sent " + sent;
    }

    /** The same in three buffers, one of them empty. */
    private static String sendGathered(World world, Watched end, int count) throws IOException {
        ignore(world.driver.poll(0));
        if (!end.writable()) {
            return "WOULD_BLOCK";
        }
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) count);
        int cut = count / 3;
        ByteBuffer direct = ByteBuffer.allocateDirect(count - cut).put(bytes, cut, count - cut);
        ByteBuffer[] sources = {ByteBuffer.wrap(bytes, 0, cut), ByteBuffer.allocate(0), direct.flip()};
        return "sent " + end.io.trySend(sources, 0, sources.length) + ", left " + sources[0].remaining() + ", "
                + direct.remaining();
    }

    /**
     * All that can be had, up to a limit: how it is cut into pieces is the kernel's own.
     *
     * @param expected what is waited for a moment, as more may be under way; null for nothing
     */
    static String receive(Driver driver, Watched end, int limit, String expected) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(limit);
        String result = "";
        for (int polls = 0; polls < POLLS_MAX; polls++) {
            int count = 0;
            while (target.hasRemaining() && count >= 0) {
                ignore(driver.poll(0));
                try {
                    count = end.receive(target);
                } catch (IOException failed) {
                    if (target.position() == 0) {
                        throw failed;
                    }
                    return text(target) + " and then " + errno(failed);
                }
            }
            String then = count == NonBlockingIo.EOF ? "EOF" : count == WOULD_BLOCK ? "WOULD_BLOCK" : "more";
            result = target.position() == 0 ? then : text(target) + " and then " + then;
            if (count != WOULD_BLOCK || expected == null || result.equals(expected)) {
                break;
            }
            ignore(driver.poll(KernelContract.MOMENT_NANOS));
        }
        return result;
    }

    static String errno(IOException failed) {
        Matcher errno = ERRNO.matcher(String.valueOf(failed.getMessage()));
        return errno.find() ? errno.group(1) : failed.toString();
    }

    private static String text(ByteBuffer received) {
        byte[] bytes = new byte[received.position()];
        received.get(0, bytes);
        return bytes.length + " bytes #" + Arrays.hashCode(bytes);
    }

    private static void ignore(int count) {}

    private static Step draw(Random random, List<Kind> kinds, int[][] underWay, boolean isJdk) {
        int line = random.nextInt(kinds.size());
        int end = random.nextInt(2);
        boolean pipe = kinds.get(line) == Kind.PIPE;
        int what = random.nextInt(100);
        if (what < 40) {
            int count = random.nextInt(1, 1500);
            boolean full = underWay[line][end] + count > UNDER_WAY_BYTES_MAX;
            if (!full && (!pipe || end == 0)) {
                underWay[line][end] += count;
                if (what < 10) {
                    return new Step("send gathered " + count, line, end, (world, io) -> sendGathered(world, io, count));
                }
                return new Step("send " + count, line, end, (world, io) -> send(world.driver, io, count));
            }
            what = 50;
        }
        if (what < 84) {
            int limit = random.nextInt(4) == 0 ? random.nextInt(1, 700) : 10_000;
            int from = pipe ? 1 : end;
            if (limit == 10_000) {
                underWay[line][1 - from] = 0;
            }
            return new Step(
                    "receive " + limit, line, from, (world, io) -> receive(world.driver, io, limit, world.expected));
        }
        if (what < 90 && !pipe) {
            return new Step("shutdownOutput", line, end, (world, io) -> {
                io.socket.shutdownOutput();
                return "done";
            });
        }
        if (what == 90 && !pipe && !isJdk) { // there whatever has come is gone too
            return new Step("shutdownInput", line, end, (world, io) -> {
                io.socket.shutdownInput();
                return "done";
            });
        }
        if (what < 92 && !pipe) {
            return new Step("takeError", line, end, (world, io) -> {
                IOException error = io.socket.takeError();
                return error == null ? "no error" : errno(error);
            });
        }
        if (what < 94 && !pipe) {
            return new Step("reset", line, end, (world, io) -> {
                if (io.io.isOpen()) {
                    io.socket.setOption(StandardSocketOptions.SO_LINGER, 0);
                    world.driver.close(io);
                }
                return "done";
            });
        }
        if (what < 97) {
            return new Step("close", line, end, (world, io) -> {
                if (io.io.isOpen()) {
                    world.driver.close(io);
                }
                return "done";
            });
        }
        return new Step("state", line, end, (world, io) -> "open " + io.io.isOpen());
    }

    // ---- both worlds ----------------------------------------------------------------------------------------------

    static Stream<KernelCase> real() {
        return KernelCase.all().filter(one -> !one.name().startsWith("memory"));
    }

    @ParameterizedTest
    @MethodSource("real")
    void anyScriptOfCallsIsAnsweredAsInMemory(KernelCase which) throws IOException {
        assumeTrue(which.whyNot() == null, which.whyNot());
        Scripts.assertNoDifference(SCRIPTS, seed -> play(seed, which));
    }

    /** Null when both agree, else what was done and where they part. */
    private String play(long seed, KernelCase which) throws IOException {
        Random random = new Random(seed);
        List<Kind> kinds = new ArrayList<>();
        try (Kernel inMemory = new MemoryNetwork().open();
                Kernel onSystem = which.providers().get().open()) {
            World memory = new World(inMemory);
            World real = new World(onSystem);
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
                kinds.add(kind);
                memory.add(kind);
                real.add(kind);
            }
            int[][] underWay = new int[kinds.size()][2];
            List<String> done = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                Step step = draw(random, kinds, underWay, which.name().equals("nio"));
                String expected = outcome(memory, step);
                real.expected = expected;
                String answered = outcome(real, step);
                for (int wait = 0; wait < POLLS_MAX && isEarlier(answered, expected); wait++) {
                    ignore(real.driver.poll(KernelContract.MOMENT_NANOS));
                    answered = outcome(real, step);
                }
                done.add(step + " = " + expected);
                if (!answered.equals(expected) && !isOfTheJdk(which, answered, expected)) {
                    return Scripts.told("seed " + seed + " " + kinds, step, expected, which, answered, done);
                }
            }
            return null;
        }
    }

    /**
     * What is the JDK's own: it tells a reset again and again, where the system tells it once and then the end; and who has ended his
     * output is told so before a reset that waits.
     */
    static boolean isOfTheJdk(KernelCase which, String answered, String expected) {
        return which.name().equals("nio")
                && (expected.equals("EOF") && answered.equals("ECONNRESET")
                        || expected.equals("ECONNRESET") && answered.equals("EPIPE"));
    }

    /** Whether time may still make the one answer the other. */
    static boolean isEarlier(String answered, String expected) {
        return answered.equals("WOULD_BLOCK") && !expected.equals("WOULD_BLOCK");
    }
}
