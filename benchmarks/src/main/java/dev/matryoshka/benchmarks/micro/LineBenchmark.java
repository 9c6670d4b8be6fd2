package dev.matryoshka.benchmarks.micro;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.testing.TestNetwork;
import dev.matryoshka.transport.Server;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Lines of 64 bytes, written in blocks and read one by one; one operation is one line, from the write to the read. In memory the
 * network is ours, with its window and its copies; Netty's embedded channel hands the block over as it is, so it copies nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LineBenchmark {
    private static final int LINE_BYTES = 64;
    private static final int BLOCKS = 100;
    private static final int LINES_PER_BLOCK = 256;
    private static final int LINES = BLOCKS * LINES_PER_BLOCK;

    /** A loop on the network in memory. */
    @State(Scope.Benchmark)
    public static class MemoryLoop extends LoopUnderTest {
        @Override
        EventLoop open() {
            return TestNetwork.create().openLoop();
        }
    }

    /** Takes lines until the end. */
    @FunctionalInterface
    private interface Lines {
        int count(StreamReader reader) throws Exception;
    }

    private static ByteBuffer block() {
        byte[] lines = new byte[LINE_BYTES * LINES_PER_BLOCK];
        for (int end = LINE_BYTES - 1; end < lines.length; end += LINE_BYTES) {
            lines[end] = '\n';
        }
        return ByteBuffer.allocateDirect(lines.length).put(lines).flip();
    }

    private static int transfer(LoopUnderTest ours, Lines lines) throws Exception {
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
                return loop.createTask(() -> lines.count(client.reader())).await();
            }
        });
    }

    private static int views(StreamReader reader) throws Exception {
        int lines = 0;
        while (reader.nextLine().hasRemaining()) {
            lines++;
        }
        return lines;
    }

    private static int arrays(StreamReader reader) throws Exception {
        int lines = 0;
        while (reader.readLine().length > 0) {
            lines++;
        }
        return lines;
    }

    /** A view of each line, in memory. */
    @Benchmark
    @OperationsPerInvocation(LINES)
    public int nextLineInMemory(MemoryLoop ours) throws Exception {
        return transfer(ours, LineBenchmark::views);
    }

    /** An array for each line, in memory. */
    @Benchmark
    @OperationsPerInvocation(LINES)
    public int readLineInMemory(MemoryLoop ours) throws Exception {
        return transfer(ours, LineBenchmark::arrays);
    }

    /** A view of each line, over loopback. */
    @Benchmark
    @OperationsPerInvocation(LINES)
    public int nextLineOverLoopback(LoopUnderTest ours) throws Exception {
        return transfer(ours, LineBenchmark::views);
    }

    /** Netty's decoder. */
    @Benchmark
    @OperationsPerInvocation(LINES)
    public int nettyEmbedded() {
        EmbeddedChannel channel = new EmbeddedChannel(new LineBasedFrameDecoder(1024));
        ByteBuffer block = block();
        int lines = 0;
        for (int i = 0; i < BLOCKS; i++) {
            channel.writeInbound(Unpooled.wrappedBuffer(block.rewind()));
            for (ByteBuf line; (line = channel.readInbound()) != null; line.release()) {
                lines++;
            }
        }
        channel.finish();
        return lines;
    }
}
