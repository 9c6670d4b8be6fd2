package dev.matryoshka.kernel.epoll;

import static dev.matryoshka.kernel.NonBlockingIo.EOF;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.ChildPipe;
import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.PipeEnds;
import dev.matryoshka.kernel.PipeMode;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Native;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: real FIFOs, terminals and descriptors of others are taken as they are, and left as they were. Method: they are made with
 * libc, and the other side is played with it.
 */
@ExtendWith(LeakCheck.class)
@Proves({"connect_read_pipe", "connect_write_pipe"})
class EpollPipesTest {
    private static final int O_NONBLOCK = 0x800;

    @TempDir
    Path directory;

    private Kernel kernel;

    @BeforeEach
    void open() throws IOException {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        kernel = new EpollProvider().open();
    }

    @AfterEach
    void close() {
        kernel.close();
    }

    private int readinessOf(NonBlockingIo io) throws IOException {
        int[] bits = {0};
        kernel.poller().register(io, 7);
        int ignored = kernel.poller().poll(0, (token, readiness) -> bits[0] |= readiness);
        kernel.poller().deregister(io);
        return bits[0];
    }

    private static String read(NonBlockingIo io) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(1000);
        int count = io.tryRecv(target);
        return count < 0 ? (count == EOF ? "EOF" : "WOULD_BLOCK") : new String(target.array(), 0, count, US_ASCII);
    }

    private static void write(NonBlockingIo io, String text) throws IOException {
        assertThat(io.trySend(ByteBuffer.wrap(text.getBytes(US_ASCII)))).isEqualTo(text.length());
    }

    // ---- children -------------------------------------------------------------------------------------------------

    @Test
    void theEndOfAChildBlocksAndIsClosedByExec() throws IOException {
        for (PipeMode mode : PipeMode.values()) {
            try (ChildPipe pipe = kernel.openChildPipe(mode)) {
                int child = pipe.childDescriptor();
                assertThat(Native.flags(child) & O_NONBLOCK).isZero();
                assertThat(Native.descriptorFlags(child)).as("FD_CLOEXEC").isEqualTo(1);
                if (mode == PipeMode.READ) {
                    assertThat(Native.write(child, "out")).isEqualTo(3);
                    assertThat(read(pipe.ours())).isEqualTo("out");
                } else {
                    write(pipe.ours(), "in");
                    assertThat(Native.read(child)).isEqualTo("in");
                }
                pipe.close();
                pipe.close();
                assertThat(Native.flags(child)).as("closed").isNegative();
                if (mode == PipeMode.READ) {
                    assertThat(read(pipe.ours())).isEqualTo("EOF");
                }
                pipe.ours().close();
            }
        }
    }

    // ---- FIFOs ----------------------------------------------------------------------------------------------------

    @Test
    void aFifoWaitsForItsFirstWriterAndEndsWithItsLast() throws IOException {
        Path fifo = Native.makeFifo(directory.resolve("fifo"));
        NonBlockingIo reader = kernel.openPipe(fifo, PipeMode.READ);
        assertThat(readinessOf(reader)).as("nobody has written yet").isZero();
        NonBlockingIo writer = kernel.openPipe(fifo, PipeMode.WRITE);
        write(writer, "hello");
        assertThat(read(reader)).isEqualTo("hello");
        assertThat(read(reader)).isEqualTo("WOULD_BLOCK");
        writer.close();
        assertThat(read(reader)).isEqualTo("EOF");
        reader.close();
    }

    @Test
    void aFifoThatNobodyReadsIsRefusedToAWriter() throws IOException {
        Path fifo = Native.makeFifo(directory.resolve("fifo"));
        assertThatThrownBy(() -> kernel.openPipe(fifo, PipeMode.WRITE))
                .isInstanceOf(IOException.class)
                .hasMessage("open " + fifo + " for writing: nobody has it open for reading (ENXIO)");
    }

    @Test
    void regularFilesAndDirectoriesAreRefused() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        for (Path path : new Path[] {file, directory}) {
            assertThatThrownBy(() -> kernel.openPipe(path, PipeMode.READ))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is for pipes, sockets and character devices")
                    .hasMessageContaining(path.toString());
        }
        assertThatThrownBy(() -> kernel.openPipe(directory.resolve("none"), PipeMode.READ))
                .isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> kernel.adoptPipe(9999, PipeMode.READ))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("descriptor 9999: Bad file descriptor (EBADF)");
    }

    @Test
    void aDeviceThatCannotBePolledSaysSo() throws IOException {
        NonBlockingIo device = kernel.openPipe(Path.of("/dev/null"), PipeMode.READ);
        assertThatThrownBy(() -> kernel.poller().register(device, 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("/dev/null")
                .hasMessageContaining("cannot be polled");
        device.close();
    }

    // ---- terminals ------------------------------------------------------------------------------------------------

    @Test
    void aTerminalGivesAllItsLinesAtOnce() throws IOException {
        Native.Terminal terminal = Native.openTerminal();
        NonBlockingIo slave = kernel.openPipe(terminal.slave(), PipeMode.READ);
        assertThat(Native.write(terminal.master(), "one\ntwo\nthree\n")).isEqualTo(14);
        assertThat(read(slave)).as("read(2) itself gives a line a time").isEqualTo("one\ntwo\nthree\n");
        assertThat(read(slave)).isEqualTo("WOULD_BLOCK");
        assertThat(Native.write(terminal.master(), "\u0004")).as("^D").isEqualTo(1);
        assertThat(read(slave)).isEqualTo("EOF");
        assertThat(read(slave)).as("and it stays so").isEqualTo("EOF");
        slave.close();
        Native.close(terminal.master());
    }

    @Test
    void aMasterWhoseSlaveIsGoneIsAtItsEnd() throws IOException {
        Native.Terminal terminal = Native.openTerminal();
        NonBlockingIo slave = kernel.openPipe(terminal.slave(), PipeMode.WRITE);
        NonBlockingIo master = kernel.adoptPipe(terminal.master(), PipeMode.READ);
        write(slave, "bye");
        slave.close();
        assertThat(read(master)).isEqualTo("bye");
        assertThat(read(master)).as("EIO on Linux").isEqualTo("EOF");
        master.close();
    }

    // ---- descriptors of others ------------------------------------------------------------------------------------

    @Test
    void whatIsAdoptedIsNonBlockingUntilItsEnd() throws IOException {
        int[] pair = Native.pipe();
        int copy = Native.duplicate(pair[0]);
        NonBlockingIo reader = kernel.adoptPipe(pair[0], PipeMode.READ);
        assertThat(Native.flags(copy) & O_NONBLOCK).isNotZero();
        assertThat(read(reader)).isEqualTo("WOULD_BLOCK");
        reader.close();
        assertThat(Native.flags(pair[0])).as("closed").isNegative();
        assertThat(Native.flags(copy) & O_NONBLOCK).as("as it was").isZero();
        Native.close(copy);
        Native.close(pair[1]);
    }

    @Test
    void whatIsSharedStaysOpenAndBlocking() throws IOException {
        int[] pair = Native.pipe();
        NonBlockingIo reader = kernel.sharePipe(pair[0], PipeMode.READ);
        NonBlockingIo writer = kernel.sharePipe(pair[1], PipeMode.WRITE);
        assertThat(Native.flags(pair[0]) & O_NONBLOCK).isZero();
        assertThat(Native.flags(pair[1]) & O_NONBLOCK).isZero();
        write(writer, "shared");
        assertThat(read(reader)).isEqualTo("shared");
        assertThat(read(reader)).isEqualTo("WOULD_BLOCK");
        reader.close();
        writer.close();
        assertThat(Native.write(pair[1], "still")).isEqualTo(5);
        assertThat(Native.read(pair[0])).isEqualTo("still");
        Native.close(pair[0]);
        Native.close(pair[1]);
    }

    @Test
    void aSocketCannotBeOpenedAnewSoItsFlagIsPutBack() throws IOException {
        int[] pair = Native.socketPair();
        NonBlockingIo shared = kernel.sharePipe(pair[0], PipeMode.READ);
        assertThat(Native.flags(pair[0]) & O_NONBLOCK)
                .as("there is no other way")
                .isNotZero();
        assertThat(Native.write(pair[1], "hello")).isEqualTo(5);
        assertThat(read(shared)).isEqualTo("hello");
        shared.close();
        assertThat(Native.flags(pair[0]) & O_NONBLOCK).isZero();
        Native.close(pair[0]);
        Native.close(pair[1]);
    }

    /** As behind inetd: one socket is standard input and output. */
    @Test
    void theFlagOfASocketThatIsReadAndWrittenIsPutBackByWhoIsLast() throws IOException {
        int[] pair = Native.socketPair();
        NonBlockingIo input = kernel.sharePipe(pair[0], PipeMode.READ);
        NonBlockingIo output = kernel.sharePipe(pair[0], PipeMode.WRITE);
        input.close();
        assertThat(Native.flags(pair[0]) & O_NONBLOCK)
                .as("or a write would block the loop")
                .isNotZero();
        write(output, "late");
        assertThat(Native.read(pair[1])).isEqualTo("late");
        output.close();
        assertThat(Native.flags(pair[0]) & O_NONBLOCK).isZero();
        NonBlockingIo again = kernel.sharePipe(pair[0], PipeMode.WRITE);
        again.close();
        assertThat(Native.flags(pair[0]) & O_NONBLOCK).isZero();
        Native.close(pair[0]);
        Native.close(pair[1]);
    }

    @Test
    void theSystemCallsAreCounted() throws IOException {
        long opened = kernel.systemCalls().open;
        PipeEnds ends = kernel.openPipe();
        write(ends.writer(), "x");
        assertThat(read(ends.reader())).isEqualTo("x");
        assertThat(kernel.systemCalls().open - opened).isEqualTo(1);
        assertThat(kernel.systemCalls().send).isEqualTo(1);
        assertThat(kernel.systemCalls().recv).isEqualTo(1);
        ends.reader().close();
        ends.writer().close();
        assertThat(kernel.systemCalls().close).isEqualTo(2);
    }
}
