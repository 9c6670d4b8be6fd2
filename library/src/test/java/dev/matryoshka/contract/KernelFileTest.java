package dev.matryoshka.contract;

import static dev.matryoshka.kernel.NonBlockingSocket.EOF;
import static dev.matryoshka.kernel.NonBlockingSocket.WOULD_BLOCK;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.ChannelFile;
import dev.matryoshka.kernel.FileSource;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: a file goes out whole, in order and from where it was asked, without the bytes passing through the program. */
@Proves({"W9", "sock_sendfile"})
class KernelFileTest extends KernelContract {
    private static final int FILE_BYTES = 1024 * 1024 + 17;
    private final byte[] content = Bytes.numbered(FILE_BYTES);

    private Path file() throws IOException {
        return Files.write(directory.resolve("file"), content);
    }

    /**
     * A send window so small that the file needs many. The receive window stays: a full one of TCP opens again by timers, a fifth of a
     * second each.
     */
    private Pair narrowPair(StandardProtocolFamily family) throws IOException {
        Pair pair = pair(family);
        pair.client().socket.setOption(StandardSocketOptions.SO_SNDBUF, 8192);
        return pair;
    }

    /** Sends a part, and receives it at the same time. */
    private byte[] exchange(Pair pair, FileSource file, long position, long count) throws IOException {
        AtomicLong sent = new AtomicLong();
        ByteBuffer received = ByteBuffer.allocate((int) count);
        pair.client().wanted |= WRITABLE;
        driver.until("sent and received", () -> {
            while (sent.get() < count && pair.client().writable()) {
                long moved = pair.client().socket.trySendFile(file, position + sent.get(), count - sent.get());
                if (moved == WOULD_BLOCK) {
                    pair.client().known &= ~WRITABLE;
                } else {
                    assertThat(moved).isPositive();
                    sent.addAndGet(moved);
                }
            }
            while (received.hasRemaining() && pair.server().receive(received) > 0) {}
            return !received.hasRemaining();
        });
        pair.client().wanted &= ~WRITABLE;
        return received.array();
    }

    @ParameterizedTest
    @EnumSource(names = {"INET", "UNIX"})
    void aFileArrivesWholeThroughNarrowWindows(StandardProtocolFamily family) throws IOException {
        try (FileSource file = kernel.openFile(file())) {
            Pair pair = narrowPair(family);
            long before = kernel.systemCalls().sendFile;
            assertThat(exchange(pair, file, 0, FILE_BYTES)).isEqualTo(content);
            assertThat(kernel.systemCalls().sendFile - before).isPositive();
            assertThat(kernel.systemCalls().send).as("no other send").isZero();
        }
    }

    @Test
    void aPartOfItComesFromWhereItWasAsked() throws IOException {
        try (FileSource file = kernel.openFile(file())) {
            assertThat(exchange(pair(), file, 1000, 2000)).isEqualTo(Arrays.copyOfRange(content, 1000, 3000));
        }
    }

    @Test
    void itGoesBetweenOtherBytesInOrder() throws IOException {
        try (FileSource file = kernel.openFile(file())) {
            Pair pair = pair();
            driver.send(pair.client(), "before");
            assertThat(pair.client().socket.trySendFile(file, 10, 5)).isEqualTo(5);
            driver.send(pair.client(), "after");
            byte[] received = driver.receive(pair.server(), 16);
            assertThat(Arrays.copyOf(received, 6)).asString().isEqualTo("before");
            assertThat(Arrays.copyOfRange(received, 6, 11)).isEqualTo(Arrays.copyOfRange(content, 10, 15));
            assertThat(Arrays.copyOfRange(received, 11, 16)).asString().isEqualTo("after");
        }
    }

    @Test
    void whereTheFileHasNoByteItsEndIsAnswered() throws IOException {
        Path path = file();
        try (FileSource file = kernel.openFile(path)) {
            Pair pair = pair();
            assertThat(pair.client().socket.trySendFile(file, FILE_BYTES, 1)).isEqualTo(EOF);
            assertThat(pair.client().socket.trySendFile(file, FILE_BYTES + 1_000_000L, 1))
                    .isEqualTo(EOF);
            assertThat(pair.client().socket.trySendFile(file, FILE_BYTES - 3, 100))
                    .isEqualTo(3);
            try (FileChannel cut = FileChannel.open(path, StandardOpenOption.WRITE)) {
                cut.truncate(100);
            }
            assertThat(pair.client().socket.trySendFile(file, 100, 1))
                    .as("truncated")
                    .isEqualTo(EOF);
        }
    }

    @Test
    void aPeerThatTakesNothingIsWaitedForAndTold() throws IOException {
        try (FileSource file = kernel.openFile(file())) {
            Pair pair = narrowPair(StandardProtocolFamily.INET);
            long position = 0;
            for (long moved; (moved = pair.client().socket.trySendFile(file, position, FILE_BYTES - position)) > 0; ) {
                position += moved;
            }
            assertThat(position).isBetween(1L, FILE_BYTES - 1L);
            pair.client().known = 0;
            pair.client().wanted |= WRITABLE;
            byte[] received = driver.receive(pair.server(), (int) position);
            assertThat(received).isEqualTo(Arrays.copyOf(content, (int) position));
            driver.until("room is told", pair.client()::writable);
        }
    }

    @Test
    void aBrokenConnectionIsTheSocketsException() throws IOException {
        try (FileSource file = kernel.openFile(file())) {
            Pair pair = pair();
            pair.server().socket.setOption(StandardSocketOptions.SO_LINGER, 0);
            driver.close(pair.server());
            assertThatThrownBy(() -> driver.until("broken", () -> {
                        long moved = pair.client().socket.trySendFile(file, 0, FILE_BYTES);
                        assertThat(moved).isNotEqualTo(EOF);
                        return false;
                    }))
                    .isInstanceOf(SocketException.class)
                    .hasMessageMatching("(?s).*(ECONNRESET|EPIPE).*");
        }
    }

    @Test
    void aBrokenFileIsNotTheSocketsException() throws IOException {
        try (FileChannel channel = FileChannel.open(file(), StandardOpenOption.READ)) {
            ChannelFile file = ChannelFile.of(channel);
            Pair pair = pair();
            channel.close();
            assertThatThrownBy(() -> pair.client().socket.trySendFile(file, 0, 1))
                    .isNotInstanceOf(SocketException.class)
                    .isInstanceOfAny(IOException.class, UnsupportedOperationException.class);
            driver.send(pair.client(), "lives");
        }
    }

    @Test
    void aFileThatIsNotThereIsRefusedAtItsOpening() {
        assertThatThrownBy(() -> kernel.openFile(directory.resolve("none")))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("none");
    }

    @Test
    void aDirectoryIsNoFile() throws IOException {
        Pair pair = pair();
        assertThatThrownBy(() -> {
                    try (FileSource file = kernel.openFile(directory)) {
                        int ignored = file.read(ByteBuffer.allocateDirect(1), 0);
                    }
                })
                .isInstanceOf(IOException.class);
        driver.send(pair.client(), "lives");
    }

    @Test
    void aFileIsReadFromWhereItWasAsked() throws IOException {
        try (FileSource file = kernel.openFile(file())) {
            ByteBuffer piece = ByteBuffer.allocateDirect(100);
            assertThat(file.read(piece, FILE_BYTES - 50)).isEqualTo(50);
            byte[] read = new byte[50];
            piece.flip().get(read);
            assertThat(read).isEqualTo(Arrays.copyOfRange(content, FILE_BYTES - 50, FILE_BYTES));
            assertThat(file.read(piece.clear(), FILE_BYTES)).isEqualTo(EOF);
        }
    }

    @Test
    void anInterruptThatIsPendingDoesNoHarm() throws IOException {
        try (FileSource file = kernel.openFile(file())) {
            Pair pair = pair();
            Thread.currentThread().interrupt();
            assertThat(pair.client().socket.trySendFile(file, 0, 10)).isEqualTo(10);
            assertThat(file.read(ByteBuffer.allocateDirect(10), 0)).isEqualTo(10);
            assertThat(Thread.interrupted()).as("it is still pending").isTrue();
            assertThat(driver.receive(pair.server(), 10)).isEqualTo(Arrays.copyOf(content, 10));
        } finally {
            boolean ignored = Thread.interrupted();
        }
    }

    @Test
    void aFileMayBeClosedTwice() throws IOException {
        FileSource file = kernel.openFile(file());
        file.close();
        file.close();
    }
}
