package dev.matryoshka.kernel.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.PipeMode;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.regression.ForkedJvm;
import dev.matryoshka.support.Native;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goal: a file is reached by the path that a directory lists it with, also where its name is no text in this JVM's locale. Method:
 * names made of bytes, which a URI can say.
 */
@EnabledOnOs(OS.LINUX)
class FileNamesTest {
    /** No text in UTF-8, nor in ASCII. */
    private static final String NO_TEXT = "a%FFb";

    @TempDir
    Path directory;

    private Path odd;

    @BeforeEach
    void makeOddName() {
        odd = child(directory, NO_TEXT);
        assumeTrue(odd.toString().indexOf('\uFFFD') >= 0, "every byte is text here: " + FileNames.CHARSET);
    }

    private static Path child(Path directory, String rawName) {
        return Path.of(URI.create(directory.toUri() + rawName));
    }

    private static Path onlyIn(Path directory) throws IOException {
        try (Stream<Path> listed = Files.list(directory)) {
            return listed.findFirst().orElseThrow();
        }
    }

    private static String read(PosixFile file) throws IOException {
        try (file) {
            ByteBuffer target = ByteBuffer.allocateDirect(100);
            int count = file.read(target, 0);
            return US_ASCII.decode(target.flip()).toString() + (count < 0 ? "nothing" : "");
        }
    }

    @Test
    void aNameThatIsTextHasTheBytesOfItsText() {
        assertThat(FileNames.bytes(Path.of("relative/name"))).isEqualTo("relative/name".getBytes(US_ASCII));
        assertThat(FileNames.bytes(Path.of(""))).isEmpty();
    }

    @Test
    void aFileIsOpenedByTheNameThatWasListed() throws IOException {
        Files.writeString(odd, "content");
        Path listed = onlyIn(directory);
        assertThat(read(PosixFile.open(listed))).isEqualTo("content");
        int descriptor = ProcessLibc.open(listed, Constants.O_RDONLY);
        assertThat(descriptor).as("as a child's stream").isPositive();
        Libc.close(descriptor);
    }

    /** As on a server without a locale: every name that is not ASCII. */
    @Test
    void soItIsInTheLocaleC() throws Exception {
        String printed = ForkedJvm.run(FileNamesTest.class, Map.of("LC_ALL", "C"), ForkedJvm.NATIVE_ACCESS);
        assertThat(printed).contains("US-ASCII: read [content]");
    }

    /** In a JVM of its own. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createTempDirectory("matryoshka");
        Path file = child(directory, "%C3%BC");
        try {
            Files.writeString(file, "content");
            System.out.println(FileNames.CHARSET + ": read [" + read(PosixFile.open(onlyIn(directory))) + "]");
        } finally {
            Files.delete(file);
            Files.delete(directory);
        }
    }

    @Test
    void aPipeIsOpenedByTheNameThatWasListed() throws IOException {
        Files.move(Native.makeFifo(directory.resolve("fifo")), odd);
        try (Kernel kernel = new EpollProvider().open()) {
            NonBlockingIo reader = kernel.openPipe(onlyIn(directory), PipeMode.READ);
            reader.close();
        }
    }

    @Test
    void aSocketIsNotBoundToAnotherName() {
        MemorySegment memory = Arena.ofAuto().allocate(SocketAddresses.MAX_BYTES);
        assertThatThrownBy(() ->
                        SocketAddresses.encode(UnixDomainSocketAddress.of(odd), StandardProtocolFamily.UNIX, memory))
                .isInstanceOf(InvalidPathException.class)
                .hasMessageContaining("locale");
    }

    @Test
    void aPeersOddNameIsNoName() {
        MemorySegment memory = Arena.ofAuto().allocate(SocketAddresses.MAX_BYTES);
        int length = SocketAddresses.encode(UnixDomainSocketAddress.of("/a?b"), StandardProtocolFamily.UNIX, memory);
        memory.set(JAVA_BYTE, SocketAddresses.UN_PATH + 2, (byte) 0xff);
        assertThat(SocketAddresses.decode(memory, length)).isEqualTo(UnixDomainSocketAddress.of(""));
    }
}
