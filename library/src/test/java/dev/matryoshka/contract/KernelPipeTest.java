package dev.matryoshka.contract;

import static dev.matryoshka.kernel.NonBlockingIo.EOF;
import static dev.matryoshka.kernel.NonBlockingIo.WOULD_BLOCK;
import static dev.matryoshka.kernel.Readiness.ERROR;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.kernel.PipeEnds;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: a pipe moves bytes one way, in order, and tells each side what the other has done. Method: both ends on one kernel. */
@Proves({"connect_read_pipe", "connect_write_pipe"})
class KernelPipeTest extends KernelContract {
    private static final int MUCH = 1024 * 1024 + 3;

    private Watched reader;
    private Watched writer;

    private void openPipe() throws IOException {
        PipeEnds ends = kernel.openPipe();
        reader = driver.watch(ends.reader());
        writer = driver.watch(ends.writer());
        writer.wanted = 0;
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        openPipe();
        driver.send(writer, "hello");
        assertThat(driver.receive(reader, 5)).asString().isEqualTo("hello");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void muchMoreThanItsCapacityArrivesInOrder(boolean direct) throws IOException {
        openPipe();
        byte[] content = Bytes.numbered(MUCH);
        ByteBuffer source = direct ? Bytes.direct(content) : ByteBuffer.wrap(content);
        ByteBuffer target = direct ? ByteBuffer.allocateDirect(MUCH) : ByteBuffer.allocate(MUCH);
        writer.wanted = dev.matryoshka.kernel.Readiness.WRITABLE;
        driver.until("all read", () -> {
            while (source.hasRemaining() && writer.send(source) > 0) {}
            while (target.hasRemaining() && reader.receive(target) > 0) {}
            return !target.hasRemaining();
        });
        byte[] received = new byte[MUCH];
        target.flip().get(received);
        assertThat(received).isEqualTo(content);
    }

    @Test
    void chunksAndGatheringWork() throws IOException {
        openPipe();
        Chunk chunk = kernel.allocate(64);
        chunk.bytes().clear().put("ab".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(reader.io.tryRecv(chunk, 0, 64)).isEqualTo(WOULD_BLOCK);
        assertThat(writer.io.trySend(chunk, 1, 1)).isEqualTo(1);
        ByteBuffer[] pieces = {ByteBuffer.wrap(new byte[] {'c', 'd'}), Bytes.direct(new byte[] {'e'})};
        assertThat(writer.io.trySend(pieces, 0, 2)).isEqualTo(3);
        assertThat(pieces[0].hasRemaining() || pieces[1].hasRemaining()).isFalse();
        driver.until("readable", reader::readable);
        assertThat(reader.io.tryRecv(chunk, 10, 20)).isEqualTo(4);
        byte[] read = new byte[4];
        chunk.bytes().clear().get(10, read);
        assertThat(read).asString().isEqualTo("bcde");
    }

    @Test
    void aWriterThatIsClosedIsTheEndBehindItsBytes() throws IOException {
        openPipe();
        driver.send(writer, "last");
        driver.close(writer);
        assertThat(driver.receive(reader, 4)).asString().isEqualTo("last");
        driver.receiveEof(reader);
        assertThat(reader.io.tryRecv(ByteBuffer.allocate(1))).as("again").isEqualTo(EOF);
    }

    @Test
    void aReaderThatIsGoneBreaksTheWriter() throws IOException {
        openPipe();
        driver.close(reader);
        assertThatThrownBy(() -> writer.io.trySend(ByteBuffer.wrap(new byte[1])))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Broken pipe (EPIPE)");
    }

    @Test
    void aReaderThatIsGoneIsToldToAWriterThatIsIdle() throws IOException {
        assumeFalse(which.levelTriggered(), "a Selector has no words for it");
        openPipe();
        driver.poll(0);
        writer.known = 0;
        driver.close(reader);
        driver.until("told", () -> (writer.known & ERROR) != 0);
        assertThat(writer.known & READABLE).as("whoever looks meets it").isNotZero();
    }

    @Test
    void eachEndGoesOneWay() throws IOException {
        openPipe();
        assertThatThrownBy(() -> writer.io.tryRecv(ByteBuffer.allocate(1)))
                .isInstanceOf(NonReadableChannelException.class);
        assertThatThrownBy(() -> reader.io.trySend(ByteBuffer.allocate(1)))
                .isInstanceOf(NonWritableChannelException.class);
    }

    @Test
    void afterCloseEachCallSaysSo() throws IOException {
        openPipe();
        driver.close(reader);
        driver.close(writer);
        reader.io.close();
        assertThat(reader.io.isOpen()).isFalse();
        assertThatThrownBy(() -> reader.io.tryRecv(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> writer.io.trySend(ByteBuffer.allocate(1))).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aFileIsSentIntoIt() throws IOException {
        byte[] content = Bytes.numbered(10_000);
        Path path = Files.write(directory.resolve("file"), content);
        openPipe();
        try (FileSource file = kernel.openFile(path)) {
            assertThat(writer.io.trySendFile(file, 1000, 5000)).isEqualTo(5000);
            assertThat(writer.io.trySendFile(file, 10_000, 1)).isEqualTo(EOF);
            assertThat(driver.receive(reader, 5000)).isEqualTo(Arrays.copyOfRange(content, 1000, 6000));
        }
    }

    @Test
    void theKernelsEndIsThePipesEnd() throws IOException {
        openPipe();
        kernel.close();
        assertThat(reader.io.isOpen()).isFalse();
        assertThat(writer.io.isOpen()).isFalse();
    }
}
