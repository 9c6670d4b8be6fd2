package dev.matryoshka.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Native;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: real FIFOs, terminals, descriptors and blocking streams become transports. Method: libc plays the other side. */
@ExtendWith(LeakCheck.class)
@EnabledOnOs(OS.LINUX)
@Proves({"connect_read_pipe", "connect_write_pipe"})
class PipeEndTest {
    @TempDir
    Path directory;

    private interface Body {
        void run(TestLoop on) throws Exception;
    }

    private static void with(Net net, Body body) throws Exception {
        assumeTrue(net != Net.EPOLL || EpollProvider.whyUnavailable() == null);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> body.run(on));
        }
    }

    private static void end(TestLoop on, ReadPipe<Recorder> pipe) throws InterruptedException {
        pipe.transport().abort();
        on.until("lost", pipe.protocol().heard::isLost);
    }

    private static void end(TestLoop on, WritePipe<Recorder> pipe) throws InterruptedException {
        pipe.transport().abort();
        on.until("lost", pipe.protocol().heard::isLost);
    }

    // ---- FIFOs ----------------------------------------------------------------------------------------------------

    @Proves(ports = "test_events.test_read_pipe")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void aFifoIsReadFromItsFirstWriterToItsLast(Net net) throws Exception {
        Path fifo = Native.makeFifo(directory.resolve("fifo"));
        with(net, on -> {
            ReadPipe<Recorder> pipe = on.loop.connectReadPipe(Recorder::new, PipeEnd.path(fifo));
            on.passes(5);
            assertThat(pipe.protocol().heard.summary()).as("nobody has written").isEqualTo("made");
            int writer = Native.openForWriting(fifo);
            Native.write(writer, "1");
            on.until("1", () -> pipe.protocol().heard.text().equals("1"));
            Native.write(writer, "2345");
            on.until("2345", () -> pipe.protocol().heard.text().equals("12345"));
            Native.close(writer);
            on.until("lost", pipe.protocol().heard::isLost);
            assertThat(pipe.protocol().heard.summary()).isEqualTo("made data eof lost");
            assertThat(pipe.protocol().heard.reason()).isNull();
        });
    }

    @Proves(ports = "test_events.test_write_pipe")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void aFifoIsWritten(Net net) throws Exception {
        Path fifo = Native.makeFifo(directory.resolve("fifo"));
        with(net, on -> {
            int reader = Native.openForReading(fifo);
            WritePipe<Recorder> pipe = on.loop.connectWritePipe(Recorder::new, PipeEnd.path(fifo));
            pipe.transport().write("hello".getBytes(US_ASCII));
            StringBuilder read = new StringBuilder();
            on.until(
                    "read", () -> read.append(Native.tryRead(reader)).toString().equals("hello"));
            pipe.transport().close();
            on.until("lost", pipe.protocol().heard::isLost);
            assertThat(pipe.protocol().heard.reason()).isNull();
            Native.close(reader);
        });
    }

    @Test
    void aFifoThatNobodyReadsCannotBeWrittenOverEpoll() throws Exception {
        Path fifo = Native.makeFifo(directory.resolve("fifo"));
        with(
                Net.EPOLL,
                on -> assertThatThrownBy(() -> on.loop.connectWritePipe(Recorder::new, PipeEnd.path(fifo)))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("nobody has it open for reading"));
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void whatIsNoPipeIsRefused(Net net) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "x");
        with(net, on -> {
            assertThatThrownBy(() -> on.loop.connectReadPipe(Recorder::new, PipeEnd.path(file)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is for pipes, sockets and character devices");
            assertThatThrownBy(() -> on.loop.connectWritePipe(Recorder::new, PipeEnd.standardInput()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("standard input cannot be written");
            assertThatThrownBy(() -> PipeEnd.descriptor(-1)).isInstanceOf(IllegalArgumentException.class);
        });
        with(
                Net.EPOLL,
                on -> assertThatThrownBy(
                                () -> on.loop.connectReadPipe(Recorder::new, PipeEnd.path(directory.resolve("none"))))
                        .isInstanceOf(NoSuchFileException.class));
        with(
                Net.NIO,
                on -> assertThatThrownBy(() -> on.loop.connectReadPipe(Recorder::new, PipeEnd.descriptor(0)))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("cannot be watched"));
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void aDeviceThatIsAlwaysReadyIsReadByAThread(Net net) throws Exception {
        with(net, on -> {
            ReadPipe<Recorder> nothing = on.loop.connectReadPipe(Recorder::new, PipeEnd.path(Path.of("/dev/null")));
            on.until("the end", nothing.protocol().heard::isLost);
            assertThat(nothing.protocol().heard.summary()).isEqualTo("made eof lost");
            WritePipe<Recorder> sink = on.loop.connectWritePipe(Recorder::new, PipeEnd.path(Path.of("/dev/null")));
            sink.transport().write(new byte[300_000]);
            sink.transport().close();
            on.until("written", sink.protocol().heard::isLost);
            assertThat(sink.protocol().heard.reason()).isNull();
        });
    }

    // ---- descriptors ----------------------------------------------------------------------------------------------

    @Test
    void descriptorsAreTakenOverAndClosed() throws Exception {
        with(Net.EPOLL, on -> {
            int[] pair = Native.pipe();
            ReadPipe<Recorder> in = on.loop.connectReadPipe(Recorder::new, PipeEnd.descriptor(pair[0]));
            WritePipe<Recorder> out = on.loop.connectWritePipe(Recorder::new, PipeEnd.descriptor(pair[1]));
            out.transport().write("through".getBytes(US_ASCII));
            on.until("through", () -> in.protocol().heard.text().equals("through"));
            out.transport().close();
            on.until(
                    "both are over",
                    () -> in.protocol().heard.isLost() && out.protocol().heard.isLost());
            on.passes(2);
            assertThat(Native.flags(pair[0])).isNegative();
            assertThat(Native.flags(pair[1])).isNegative();
        });
    }

    @Test
    void aSocketIsAPipeOfOneDirection() throws Exception {
        with(Net.EPOLL, on -> {
            int[] pair = Native.socketPair();
            int[] other = Native.socketPair();
            ReadPipe<Recorder> in = on.loop.connectReadPipe(Recorder::new, PipeEnd.descriptor(pair[0]));
            Native.write(pair[1], "hello");
            on.until("hello", () -> in.protocol().heard.text().equals("hello"));
            Native.close(pair[1]);
            on.until("the end", in.protocol().heard::isLost);
            WritePipe<Recorder> out = on.loop.connectWritePipe(Recorder::new, PipeEnd.descriptor(other[0]));
            out.transport().write("there".getBytes(US_ASCII));
            StringBuilder read = new StringBuilder();
            on.until(
                    "there",
                    () -> read.append(Native.tryRead(other[1])).toString().equals("there"));
            Native.close(other[1]);
            on.until("noticed", out.protocol().heard::isLost);
            assertThat(out.protocol().heard.reason()).isNull();
        });
    }

    /** As behind inetd or socat: who asks ends his direction and waits for the answer. */
    @Test
    void theOtherSideOfASocketMayEndItsDirectionAndStillRead() throws Exception {
        with(Net.EPOLL, on -> {
            int[] pair = Native.socketPair();
            int copy = Native.duplicate(pair[0]);
            ReadPipe<Recorder> in = on.loop.connectReadPipe(Recorder::new, PipeEnd.descriptor(pair[0]));
            WritePipe<Recorder> out = on.loop.connectWritePipe(Recorder::new, PipeEnd.descriptor(copy));
            Native.write(pair[1], "request");
            Native.shutdownOutput(pair[1]);
            on.until("asked", in.protocol().heard::isLost);
            on.passes(3);
            assertThat(in.protocol().heard.text()).isEqualTo("request");
            assertThat(out.protocol().heard.isLost()).isFalse();
            out.transport().write("answer".getBytes(US_ASCII));
            on.until("answered", () -> out.transport().writeBufferSize() == 0);
            assertThat(Native.read(pair[1])).isEqualTo("answer");
            Native.close(pair[1]);
            on.until("noticed", out.protocol().heard::isLost);
            assertThat(out.protocol().heard.reason()).isNull();
        });
    }

    @Proves(ports = {"test_events.test_bidirectional_pty", "test_events.test_read_pty_output"})
    @Test
    void bothSidesOfATerminal() throws Exception {
        with(Net.EPOLL, on -> {
            Native.Terminal terminal = Native.openTerminal();
            int copy = Native.duplicate(terminal.master());
            ReadPipe<Recorder> shell = on.loop.connectReadPipe(Recorder::new, PipeEnd.path(terminal.slave()));
            ReadPipe<Recorder> screen = on.loop.connectReadPipe(Recorder::new, PipeEnd.descriptor(terminal.master()));
            WritePipe<Recorder> keys = on.loop.connectWritePipe(Recorder::new, PipeEnd.descriptor(copy));
            keys.transport().write("ls\nexit\n".getBytes(US_ASCII));
            on.until("typed", () -> shell.protocol().heard.text().equals("ls\nexit\n"));
            on.until("echoed", () -> screen.protocol().heard.text().equals("ls\r\nexit\r\n"));
            end(on, shell);
            on.until(
                    "the terminal is gone",
                    () -> screen.protocol().heard.isLost()
                            && keys.protocol().heard.isLost());
            assertThat(screen.protocol().heard.reason()).as("EIO is an end").isNull();
            assertThat(screen.protocol().heard.isEof()).isTrue();
        });
    }

    /** The end makes no event of its own, and is met by the read that brings the last line. */
    @Test
    void whatIsTypedTogetherWithTheEndIsFollowedByTheEnd() throws Exception {
        with(Net.EPOLL, on -> {
            Native.Terminal terminal = Native.openTerminal();
            ReadPipe<Recorder> shell = on.loop.connectReadPipe(Recorder::new, PipeEnd.path(terminal.slave()));
            assertThat(Native.write(terminal.master(), "last line\n\u0004")).isEqualTo(11);
            on.until("the end", shell.protocol().heard::isLost);
            assertThat(shell.protocol().heard.text()).isEqualTo("last line\n");
            assertThat(shell.protocol().heard.isEof()).isTrue();
            Native.close(terminal.master());
        });
    }

    // ---- streams that block ---------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void aStreamOfJavaIoIsReadToItsEndAndClosed(Net net) throws Exception {
        byte[] content = new byte[300_000];
        boolean[] closed = {false};
        with(net, on -> {
            InputStream blocking = new ByteArrayInputStream(content) {
                @Override
                public void close() {
                    closed[0] = true;
                }
            };
            ReadPipe<Recorder> pipe = on.loop.connectReadPipe(Recorder::new, PipeEnd.of(blocking));
            on.until("the end", pipe.protocol().heard::isLost);
            assertThat(pipe.protocol().heard.count()).isEqualTo(content.length);
            assertThat(pipe.protocol().heard.reason()).isNull();
            on.until("closed", () -> closed[0]);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void aStreamOfJavaIoIsWrittenFlushedAndClosed(Net net) throws Exception {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        CountDownLatch closed = new CountDownLatch(1);
        with(net, on -> {
            OutputStream blocking = new OutputStream() {
                @Override
                public void write(int oneByte) {
                    throw new AssertionError("a byte at a time");
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                    written.write(bytes, offset, length);
                }

                @Override
                public void close() {
                    closed.countDown();
                }
            };
            WritePipe<Recorder> pipe = on.loop.connectWritePipe(Recorder::new, PipeEnd.of(blocking));
            pipe.transport().write("through a thread".getBytes(US_ASCII));
            pipe.transport().close();
            on.until("lost", pipe.protocol().heard::isLost);
        });
        closed.await();
        assertThat(written.toString(US_ASCII)).isEqualTo("through a thread");
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void whatTheStreamThrowsIsWhatThePipeIsLostBy(Net net) throws Exception {
        IOException broken = new IOException("the disk is full");
        with(net, on -> {
            InputStream reading = new InputStream() {
                @Override
                public int read() throws IOException {
                    throw broken;
                }

                @Override
                public int read(byte[] target, int offset, int length) throws IOException {
                    throw broken;
                }
            };
            ReadPipe<Recorder> in = on.loop.connectReadPipe(Recorder::new, PipeEnd.of(reading));
            on.until("lost", in.protocol().heard::isLost);
            assertThat(in.protocol().heard.reason()).isSameAs(broken);
            OutputStream writing = new OutputStream() {
                @Override
                public void write(int oneByte) throws IOException {
                    throw broken;
                }
            };
            WritePipe<Recorder> out = on.loop.connectWritePipe(Recorder::new, PipeEnd.of(writing));
            out.transport().write(new byte[10]);
            on.until("lost", out.protocol().heard::isLost);
            assertThat(out.protocol().heard.reason()).isSameAs(broken);
        });
    }

    @Test
    void inMemoryNoThreadCanBlock() throws Exception {
        with(
                Net.MEMORY,
                on -> assertThatThrownBy(
                                () -> on.loop.connectReadPipe(Recorder::new, PipeEnd.of(InputStream.nullInputStream())))
                        .isInstanceOf(UnsupportedOperationException.class));
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#real")
    void aPipeThatIsGivenUpStopsItsThread(Net net) throws Exception {
        with(net, on -> {
            InputStream endless = new InputStream() {
                @Override
                public int read() {
                    return 'x';
                }

                @Override
                public int read(byte[] target, int offset, int length) {
                    return length;
                }
            };
            ReadPipe<Recorder> pipe = on.loop.connectReadPipe(Recorder::new, PipeEnd.of(endless));
            on.until("some", () -> pipe.protocol().heard.count() > 0);
            end(on, pipe);
            WritePipe<Recorder> idle =
                    on.loop.connectWritePipe(Recorder::new, PipeEnd.of(OutputStream.nullOutputStream()));
            end(on, idle);
        });
    }
}
