package dev.matryoshka.cli.echo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A peer that sends without reading, as much as is taken; and reads it all only when the test has seen what that does. */
public final class Flood implements AutoCloseable {
    /** What the four sockets between two programs take together, when Linux makes each as large as it may. */
    public static final long SOCKETS_TAKE_MAX_BYTES = 2 * (largest("tcp_rmem") + largest("tcp_wmem"));

    public static final long SEND_MAX_BYTES = 2 * SOCKETS_TAKE_MAX_BYTES;
    private static final int OWN_BUFFER_BYTES = 64 * 1024;

    /** Fewer may lie in our own buffer, which Linux makes twice as long as it is told: the peer is not stuck, it has not begun. */
    private static final long TAKEN_MIN_BYTES = 2 * OWN_BUFFER_BYTES;

    /** Nothing was taken for so long: nothing will be. */
    private static final long STUCK_MILLIS = 700;

    private static final int WAITS_MAX = 40;

    /** Repeated again and again; of a length that no buffer has, with newlines at odd places. */
    private final ByteBuffer pattern = ByteBuffer.allocateDirect(250_007);

    private final SocketChannel channel = SocketChannel.open();

    public Flood(InetSocketAddress server) throws IOException {
        for (int i = 0; i < pattern.capacity(); i++) {
            pattern.put(i, (byte) (i * 31 + i / 251));
        }
        channel.setOption(StandardSocketOptions.SO_RCVBUF, OWN_BUFFER_BYTES);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, OWN_BUFFER_BYTES);
        channel.connect(server);
    }

    /** tcp(7): three numbers of bytes, of which the last is the bound of tuning: for receiving 6 or 32 MiB, as Linux is old or new. */
    private static long largest(String setting) {
        try {
            // in one large read: of a second one /proc/sys answers the end
            List<String> lines = Files.readAllLines(Path.of("/proc/sys/net/ipv4", setting));
            String[] bytes = lines.getFirst().strip().split("\\s+");
            return Long.parseLong(bytes[2]);
        } catch (IOException notLinux) {
            return 32L * 1024 * 1024;
        }
    }

    /** Returns how many bytes were taken. */
    public long sendUntilStuck() throws IOException {
        long sent = 0;
        int waits = 0;
        channel.configureBlocking(false);
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_WRITE);
            while (sent < SEND_MAX_BYTES) {
                if (selector.select(key -> {}, STUCK_MILLIS) == 0) {
                    if (sent > TAKEN_MIN_BYTES) {
                        break;
                    }
                    assertThat(++waits)
                            .as("waits until the peer begins to read")
                            .isLessThan(WAITS_MAX);
                }
                pattern.clear().position((int) (sent % pattern.capacity()));
                sent += channel.write(pattern);
            }
        }
        channel.configureBlocking(true);
        return sent;
    }

    /** Ends sending and reads to the end; every byte must be the one that was sent. Returns how many came. */
    public long receiveAll() throws IOException {
        channel.shutdownOutput();
        ByteBuffer received = ByteBuffer.allocateDirect(OWN_BUFFER_BYTES);
        long total = 0;
        while (channel.read(received.clear()) >= 0) {
            received.flip();
            while (received.hasRemaining()) {
                int at = (int) (total % pattern.capacity());
                int length = Math.min(received.remaining(), pattern.capacity() - at);
                assertThat(received.slice(received.position(), length)).isEqualTo(pattern.slice(at, length));
                received.position(received.position() + length);
                total += length;
            }
        }
        return total;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
