package dev.matryoshka.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.matryoshka.file.SendFileException;
import dev.matryoshka.file.SendFileMode;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.WaterMarks;
import java.io.ByteArrayOutputStream;
import java.net.SocketException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: a file is one more thing that a writer writes. Method: a handler sends it, a client reads to the end. */
@ExtendWith(LeakCheck.class)
@Proves({"sendfile", "W9"})
class StreamFileTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource
    void aHandlerSendsAFileAmongItsLines(Net net) throws Exception {
        byte[] content = Bytes.numbered(net.amount() / 5 + 1);
        Path path = Files.write(directory.resolve("file"), content);
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.startServer(
                        (reader, writer) -> {
                            writer.write("head\n".getBytes(US_ASCII));
                            assertThat(writer.sendFile(path)).isEqualTo(content.length);
                            writer.write("tail\n".getBytes(US_ASCII));
                        },
                        "127.0.0.1",
                        0);
                try (StreamConnection client = on.loop.openConnection("127.0.0.1", server.port())) {
                    byte[] all = client.reader().read(-1);
                    ByteArrayOutputStream expected = new ByteArrayOutputStream();
                    expected.writeBytes("head\n".getBytes(US_ASCII));
                    expected.writeBytes(content);
                    expected.writeBytes("tail\n".getBytes(US_ASCII));
                    assertThat(all).isEqualTo(expected.toByteArray());
                }
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void writesOfOtherTasksWaitForTheFile(Net net) throws Exception {
        writesOfOtherTasksWaitForTheFile(net, WaterMarks.DEFAULT);
    }

    /** No size is above the highest mark; the file is in the way nevertheless. */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void theyWaitUnderTheHighestMarkToo(Net net) throws Exception {
        writesOfOtherTasksWaitForTheFile(net, WaterMarks.high(Integer.MAX_VALUE));
    }

    private void writesOfOtherTasksWaitForTheFile(Net net, WaterMarks marks) throws Exception {
        byte[] content = Bytes.numbered(net.amount());
        Path path = Files.write(directory.resolve("file"), content);
        try (TestLoop on = TestLoop.over(net);
                FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            on.run(() -> {
                Server server = on.loop.startServer(
                        (reader, writer) -> {
                            writer.transport().setWriteBufferLimits(marks);
                            Task<Long> file =
                                    on.loop.createTask(() -> writer.sendFile(channel, SendFileOptions.defaults()));
                            on.passes(1);
                            Task<?> other = on.loop.createTask(() -> writer.write("behind".getBytes(US_ASCII)));
                            Task<Long> second = on.loop.createTask(() -> writer.sendFile(
                                    path, SendFileOptions.defaults().withByteCount(3)));
                            file.await();
                            other.await();
                            second.await();
                        },
                        "127.0.0.1",
                        0);
                try (StreamConnection client = on.loop.openConnection("127.0.0.1", server.port())) {
                    byte[] all = client.reader().read(-1);
                    assertThat(all).hasSize(content.length + 9).startsWith(content);
                }
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aLostConnectionTakesNoFile(Net net) throws Exception {
        Path path = Files.write(directory.resolve("file"), Bytes.numbered(net.amount()));
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Task<?>[] served = new Task<?>[1];
                Server server = on.loop.startServer(
                        (reader, writer) -> {
                            SendFileException cut = catchThrowableOfType(
                                    SendFileException.class,
                                    () -> writer.sendFile(
                                            path, SendFileOptions.defaults().withMode(SendFileMode.AUTO)));
                            assertThat(cut.bytesSent()).isPositive();
                            assertThatThrownBy(() -> writer.sendFile(path)).isInstanceOf(java.io.IOException.class);
                            writer.close();
                            served[0] = on.loop.createTask(() -> true);
                        },
                        "127.0.0.1",
                        0);
                StreamConnection client = on.loop.openConnection("127.0.0.1", server.port());
                assertThat(client.reader().readExactly(100)).hasSize(100);
                client.writer().transport().abort();
                on.until("served", () -> served[0] != null);
                server.close();
                server.waitClosed();
                assertThatThrownBy(() -> client.writer().sendFile(path)).isInstanceOf(SocketException.class);
            });
        }
    }
}
