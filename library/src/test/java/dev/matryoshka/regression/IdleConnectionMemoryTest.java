package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.stream.Streams;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transport;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/**
 * Goal: an idle connection holds few and small objects, and a parked handler a shallow stack. What is counted is exact: live
 * objects of this library by class, and frames. The bytes of a frozen stack depend on what the JIT has compiled by then; their
 * figures stand in docs/design/0021. Headers have 12 bytes here, 8 with -XX:+UseCompactObjectHeaders.
 * Measured: 336 and 672.
 */
class IdleConnectionMemoryTest {
    private static final String HOST = "127.0.0.1";
    private static final int CROWD = 1_000;

    /** Receiver, sender, write buffer, flow control, channel, transport, and the protocol of this test. */
    private static final int PROTOCOL_BYTES_MAX = 350;

    /** Besides: task, stream protocol, reader, writer, what lies between them. */
    private static final int STREAM_BYTES_MAX = 690;

    /** Of this library, from the thread's entry to the park: its task, the protocol, the read, what it waits in, the wait. */
    private static final int FRAMES = 5;

    private static final Pattern ROW = Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+(\\S+).*");

    /**
     * What one class holds. The first histogram lives while the second is taken; its rows, one for each class of the JVM, do not count.
     */
    private record Heap(long count, long bytes) {}

    /** Both ends of the connections of the first test; the far end in the second. */
    private static final class Silent implements Protocol {
        private Transport transport;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            transport.write(data);
        }
    }

    private static void echo(StreamReader reader, StreamWriter writer) throws Exception {
        for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
            writer.write(data);
        }
    }

    @Test
    void anIdleConnectionIsSmallOnBothDolls() throws Exception {
        try (TestLoop testLoop = TestLoop.unchecked(Net.MEMORY.provider())) {
            testLoop.run(() -> {
                EventLoop loop = testLoop.loop;
                ServerOptions options = ServerOptions.defaults().withBacklog(CROWD);
                Server protocols = loop.createServer(Silent::new, HOST, 0, options);
                long pair = growth(testLoop, protocols);
                long end = pair / 2;
                Server streams = Streams.startServer(loop, IdleConnectionMemoryTest::echo, HOST, 0);
                long stream = growth(testLoop, streams) - end;

                assertThat(end).as("bytes per end with a protocol").isBetween(100L, (long) PROTOCOL_BYTES_MAX);
                assertThat(stream).as("bytes per end with a stream").isBetween(200L, (long) STREAM_BYTES_MAX);
            });
        }
    }

    /** Connects a crowd, lets every one echo a byte, counts, and closes it. Returns bytes of the library's objects each. */
    private static long growth(TestLoop testLoop, Server server) throws Exception {
        List<Silent> crowd = new ArrayList<>(CROWD);
        connect(testLoop, server, 1).getFirst().transport.close();
        testLoop.passes(5);
        Map<String, Heap> before = histogram();
        crowd.addAll(connect(testLoop, server, CROWD));
        assertThat(testLoop.engine.chunks().inUse()).as("chunks for writing").isZero();
        assertThat(testLoop.engine.readChunks().inUse())
                .as("chunks for reading")
                .isZero();
        Map<String, Heap> after = histogram();
        crowd.forEach(silent -> silent.transport.close());
        server.close();
        server.waitClosed();
        for (String unneeded : List.of(
                "java.util.ArrayList",
                "java.util.ArrayDeque",
                "java.util.HashMap",
                "java.lang.ScopedValue$Carrier",
                "java.lang.ScopedValue$Snapshot",
                "java.lang.ThreadLocal$ThreadLocalMap",
                "java.nio.DirectByteBuffer",
                "java.nio.HeapByteBuffer")) {
            assertThat(count(after, unneeded) - count(before, unneeded))
                    .as(unneeded + " for " + CROWD + " idle connections")
                    .isLessThan(CROWD / 10);
        }
        return (ours(after) - ours(before)) / CROWD;
    }

    private static List<Silent> connect(TestLoop testLoop, Server server, int count) throws Exception {
        List<Silent> crowd = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            crowd.add(testLoop.loop
                    .createConnection(Silent::new, HOST, server.port())
                    .protocol());
        }
        testLoop.passes(5);
        return crowd;
    }

    @Test
    void aParkedHandlerHasAShallowStack() throws Exception {
        try (TestLoop testLoop = TestLoop.unchecked(Net.MEMORY.provider())) {
            testLoop.run(() -> {
                List<Thread> handlers = new ArrayList<>();
                Server server = Streams.startServer(
                        testLoop.loop,
                        (reader, writer) -> {
                            handlers.add(Task.current().thread());
                            echo(reader, writer);
                        },
                        HOST,
                        0);
                Silent client = testLoop.loop
                        .createConnection(Silent::new, HOST, server.port())
                        .protocol();
                testLoop.passes(5);
                assertThat(handlers).hasSize(1);
                assertThat(handlers.getFirst().getStackTrace())
                        .filteredOn(frame -> frame.getClassName().startsWith("dev.matryoshka.")
                                && !frame.getClassName().startsWith(IdleConnectionMemoryTest.class.getName()))
                        .hasSize(FRAMES);
                client.transport.close();
                server.close();
                server.waitClosed();
            });
        }
    }

    private static long ours(Map<String, Heap> heap) {
        Predicate<String> counted = name -> name.startsWith("dev.matryoshka.")
                && !name.startsWith("dev.matryoshka.kernel.")
                && !name.equals(Heap.class.getName());
        return heap.entrySet().stream()
                .filter(entry -> counted.test(entry.getKey()))
                .mapToLong(entry -> entry.getValue().bytes())
                .sum();
    }

    private static long count(Map<String, Heap> heap, String name) {
        Heap row = heap.get(name);
        return row == null ? 0 : row.count();
    }

    /** Live objects by class, after a full collection: what jcmd GC.class_histogram tells. */
    private static Map<String, Heap> histogram() throws Exception {
        String text = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        Map<String, Heap> heap = new HashMap<>();
        for (String line : text.split("\n")) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                heap.put(row.group(3), new Heap(Long.parseLong(row.group(1)), Long.parseLong(row.group(2))));
            }
        }
        return heap;
    }
}
