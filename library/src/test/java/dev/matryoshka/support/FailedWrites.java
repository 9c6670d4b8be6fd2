package dev.matryoshka.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Writes of memory that cannot be read, among others that can: they take nothing, and the connection goes on. In a task, over a
 * connection of any kind, which is ended. A small write is copied, a large one is not.
 */
public final class FailedWrites {
    private static final int[] SMALL_AND_LARGE = {100, 1 << 20};

    private FailedWrites() {}

    /** Before and behind others. */
    public static void amongWrites(TestLoop on, Recorder client, Recorder server) throws InterruptedException {
        Transport transport = client.transport();
        for (int size : SMALL_AND_LARGE) {
            int before = transport.writeBufferSize();
            assertThatThrownBy(() -> transport.write(Bytes.freed(size))).isInstanceOf(IllegalStateException.class);
            assertThat(transport.writeBufferSize()).isEqualTo(before);
            transport.write("before ".getBytes());
            assertThatThrownBy(() -> transport.write(Bytes.freed(size))).isInstanceOf(IllegalStateException.class);
            transport.write("behind ".getBytes());
        }
        assertAllComes(on, client, server, "before behind before behind ");
    }

    /** As the last of several lines, of which then none is taken. */
    public static void amongLines(TestLoop on, Recorder client, Recorder server) throws InterruptedException {
        Transport transport = client.transport();
        ByteBuffer before = ByteBuffer.wrap("before ".getBytes());
        for (int size : SMALL_AND_LARGE) {
            assertThatThrownBy(() -> transport.writeLines(List.of(before, Bytes.freed(size))))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(before.remaining()).isEqualTo(7);
            assertThat(transport.writeBufferSize()).isZero();
        }
        transport.writeLines(List.of(before, ByteBuffer.wrap("behind ".getBytes())));
        assertAllComes(on, client, server, "before behind ");
    }

    private static void assertAllComes(TestLoop on, Recorder client, Recorder server, String text)
            throws InterruptedException {
        client.transport().close();
        on.until("both ends are lost", () -> client.heard.isLost() && server.heard.isLost());
        assertThat(server.heard.text()).isEqualTo(text);
    }

    /** Lines for which there is not memory enough: those that are kept leave without another write. */
    public static void beyondMemory(TestLoop on, Recorder client, Recorder server) throws InterruptedException {
        List<ByteBuffer> lines = Bytes.breakingBehind(ByteBuffer.wrap("before".getBytes()));
        assertThatThrownBy(() -> client.transport().writeLines(lines)).isInstanceOf(OutOfMemoryError.class);
        on.until("it has come", () -> server.heard.text().equals("before"));
    }
}
