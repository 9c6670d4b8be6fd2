package dev.matryoshka.benchmarks.micro;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Server;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** Lines of 64 bytes, written in blocks and read one by one, both ends on one loop over loopback. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
        value = 1,
        jvmArgsAppend = {"--add-opens=java.base/java.lang=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"})
public class LineBenchmark {
    private static final int LINE_BYTES = 64;
    private static final int BLOCKS = 100;
    private static final int LINES_PER_BLOCK = 256;
    private static final int LINES = BLOCKS * LINES_PER_BLOCK;

    private static ByteBuffer block() {
        byte[] lines = new byte[LINE_BYTES * LINES_PER_BLOCK];
        for (int end = LINE_BYTES - 1; end < lines.length; end += LINE_BYTES) {
            lines[end] = '\n';
        }
        return ByteBuffer.allocateDirect(lines.length).put(lines).flip();
    }

    /** One operation is one line, from the write to the read. */
    @Benchmark
    @OperationsPerInvocation(LINES)
    public int nextLine(LoopUnderTest ours) throws Exception {
        EventLoop loop = ours.loop;
        return ours.on(() -> {
            ByteBuffer block = block();
            try (Server server = loop.startServer(
                            (reader, writer) -> {
                                for (int i = 0; i < BLOCKS; i++) {
                                    writer.write(block.rewind());
                                }
                            },
                            "127.0.0.1",
                            0);
                    StreamConnection client = loop.openConnection("127.0.0.1", server.port())) {
                Task<Integer> count = loop.createTask(() -> {
                    int lines = 0;
                    while (client.reader().nextLine().hasRemaining()) {
                        lines++;
                    }
                    return lines;
                });
                return count.await();
            }
        });
    }
}
