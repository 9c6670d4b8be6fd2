package dev.matryoshka.kernel.memory;

import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static dev.matryoshka.kernel.memory.Side.BROKEN;
import static dev.matryoshka.kernel.memory.Side.fill;
import static dev.matryoshka.kernel.memory.Side.receive;
import static dev.matryoshka.kernel.memory.Side.send;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Goal: a connection in memory behaves as one over Linux's loopback device. Method: both ends by hand, in one thread. */
class MemoryStreamTest {
    private final MemoryNetwork network = new MemoryNetwork();
    private Side side;
    private NonBlockingSocket client;
    private NonBlockingSocket server;

    @BeforeEach
    void connect() throws IOException {
        side = new Side(network);
        NonBlockingSocket[] pair = side.pair(side);
        client = pair[0];
        server = pair[1];
        side.kernel.poller().register(client, 1);
        side.kernel.poller().register(server, 2);
        assertThat(side.poll(1)).isEqualTo(WRITABLE);
        assertThat(side.poll(2)).isEqualTo(WRITABLE);
    }

    @AfterEach
    void close() {
        side.close();
    }

    @Test
    void bytesArriveInOrderAndAreToldOnce() throws IOException {
        assertThat(receive(server)).isEqualTo("WOULD_BLOCK");
        assertThat(send(client, "matry")).isEqualTo(5);
        assertThat(send(client, "oshka")).isEqualTo(5);
        assertThat(side.poll(2)).isEqualTo(READABLE);
        assertThat(side.poll(2)).isZero();
        assertThat(receive(server, 7)).isEqualTo("matryos");
        assertThat(receive(server)).isEqualTo("hka");
        assertThat(receive(server)).isEqualTo("WOULD_BLOCK");
    }

    @Test
    void aRegistrationTellsWhatIsThereAlready() throws IOException {
        side.kernel.poller().deregister(server);
        send(client, "early");
        assertThat(side.poll(2)).isZero();
        side.kernel.poller().register(server, 3);
        assertThat(side.poll(3)).isEqualTo(READABLE | WRITABLE);
    }

    @Test
    void eventsOnTheirWayDieWithTheRegistration() throws IOException {
        send(client, "late");
        side.kernel.poller().deregister(server);
        side.kernel.poller().register(server, 3);
        side.kernel.poller().deregister(server);
        assertThat(side.kernel.poller().poll(0, (token, bits) -> {})).isZero();
    }

    @Test
    void chunksDirectAndHeapBuffersMoveTheSameBytes() throws IOException {
        Chunk chunk = side.kernel.allocate(16);
        chunk.bytes().put(4, "chunk".getBytes(US_ASCII)).limit(1);
        assertThat(client.trySend(chunk, 4, 5)).isEqualTo(5);
        ByteBuffer direct =
                ByteBuffer.allocateDirect(8).put("direct".getBytes(US_ASCII)).flip();
        assertThat(client.trySend(direct)).isEqualTo(6);
        assertThat(direct.hasRemaining()).isFalse();
        ByteBuffer[] pieces = {wrap("-a"), wrap(""), wrap("-b"), wrap("-c")};
        assertThat(client.trySend(pieces, 1, 2)).isEqualTo(2);
        assertThat(pieces[0].remaining()).isEqualTo(2);
        assertThat(pieces[2].remaining()).isZero();

        ByteBuffer target = ByteBuffer.allocate(10).position(1).limit(4);
        assertThat(server.tryRecv(target)).isEqualTo(3);
        assertThat(target.position()).isEqualTo(4);
        assertThat(server.tryRecv(chunk, 2, 14)).isEqualTo(10);
        assertThat(text(chunk, 2, 10)).isEqualTo("nkdirect-b");
        assertThatThrownBy(() -> server.tryRecv(chunk, 10, 7)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> server.tryRecv(chunk, 10, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> server.tryRecv(target.asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static ByteBuffer wrap(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    private static String text(Chunk chunk, int from, int length) {
        byte[] bytes = new byte[length];
        chunk.bytes().clear().get(from, bytes);
        return new String(bytes, US_ASCII);
    }

    @Test
    void aFullDirectionBlocksUntilThePeerReceives() throws IOException {
        assertThat(fill(client)).isEqualTo(2 * MemoryNetwork.WINDOW_BYTES);
        assertThat(side.poll(1)).isZero();
        assertThat(receive(server, 10)).hasSize(10);
        assertThat(side.poll(1)).isEqualTo(WRITABLE);
        assertThat(receive(server, 10)).hasSize(10);
        assertThat(side.poll(1)).as("nobody waits for this room").isZero();
        assertThat(fill(client)).isEqualTo(20);
    }

    @Test
    void windowsFollowTheOptions() throws IOException {
        network.windows(10, 5);
        NonBlockingSocket[] pair = side.pair(side);
        assertThat(fill(pair[0])).isEqualTo(15);
        side.kernel.poller().register(pair[0], 7);
        assertThat(side.poll(7)).isZero();
        pair[1].setOption(StandardSocketOptions.SO_RCVBUF, 7);
        assertThat(side.poll(7)).isEqualTo(WRITABLE);
        assertThat(fill(pair[0])).isEqualTo(2);
        pair[0].setOption(StandardSocketOptions.SO_SNDBUF, 1);
        assertThat(receive(pair[1], 9)).hasSize(9);
        assertThat(fill(pair[0])).as("17 - 9 inside, room for 8").isZero();
        assertThat(pair[0].getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(1);
    }

    @Test
    void aHalfCloseIsReadAsEofAfterTheBytes() throws IOException {
        send(client, "last");
        client.shutdownOutput();
        assertThat(side.poll(2)).isEqualTo(READABLE | HANGUP);
        assertThat(receive(server)).isEqualTo("last");
        assertThat(receive(server)).isEqualTo("EOF");
        assertThat(receive(server)).isEqualTo("EOF");
        assertThatThrownBy(() -> send(client, "more"))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("EPIPE");
        assertThat(send(server, "answer")).isEqualTo(6);
        assertThat(receive(client)).isEqualTo("answer");
        server.close();
        assertThat(receive(client)).isEqualTo("EOF");
    }

    @Test
    void closeInGoodOrderLeavesTheBytesToThePeer() throws IOException {
        send(client, "bye");
        side.kernel.poller().deregister(client);
        client.close();
        assertThat(side.poll(2)).isEqualTo(READABLE | HANGUP);
        assertThat(receive(server)).isEqualTo("bye");
        assertThat(receive(server)).isEqualTo("EOF");
    }

    @Test
    void theFirstSendToAClosedPeerIsTakenTheNextFails() throws IOException {
        client.close();
        assertThat(send(server, "hello?")).isEqualTo(6);
        assertThat(side.poll(2)).isEqualTo(BROKEN);
        assertThatThrownBy(() -> send(server, "hello?")).hasMessageContaining("EPIPE");
        assertThat(receive(server)).as("the FIN came first").isEqualTo("EOF");
        assertThat(server.takeError()).isNull();
    }

    @Test
    void unreadInputAtCloseResetsThePeer() throws IOException {
        send(client, "unread");
        send(server, "arrived");
        side.poll(1);
        server.close();
        assertThat(side.poll(1)).isEqualTo(BROKEN);
        assertThat(receive(client)).isEqualTo("arrived");
        assertThatThrownBy(() -> receive(client)).hasMessageContaining("ECONNRESET");
        assertThat(receive(client)).as("the error is told once").isEqualTo("EOF");
        assertThatThrownBy(() -> send(client, "x")).hasMessageContaining("EPIPE");
    }

    @Test
    void aResetLosesWhatDidNotFitIntoTheReceiveWindow() throws IOException {
        network.windows(10, 5);
        NonBlockingSocket[] pair = side.pair(side);
        assertThat(fill(pair[0])).isEqualTo(15);
        pair[0].setOption(StandardSocketOptions.SO_LINGER, 0);
        pair[0].close();
        assertThat(receive(pair[1])).hasSize(5);
        assertThatThrownBy(() -> receive(pair[1])).hasMessageContaining("ECONNRESET");
    }

    @Test
    void lingerZeroResetsAndTakeErrorTellsIt() throws IOException {
        client.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.close();
        assertThat(side.poll(2)).isEqualTo(BROKEN);
        assertThat(server.takeError()).hasMessageContaining("ECONNRESET");
        assertThat(server.takeError()).isNull();
        assertThat(receive(server)).isEqualTo("EOF");
        assertThatThrownBy(() -> send(server, "x")).hasMessageContaining("EPIPE");
    }

    @Test
    void aResetAfterTheFinIsToldAsBrokenPipe() throws IOException {
        client.shutdownOutput();
        side.poll(2);
        client.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.close();
        assertThat(side.poll(2)).isEqualTo(BROKEN);
        assertThat(receive(server)).isEqualTo("EOF");
        assertThat(server.takeError()).hasMessageContaining("EPIPE");
    }

    @Test
    void aResetAfterBothFinsIsNoNews() throws IOException {
        client.shutdownOutput();
        server.shutdownOutput();
        side.poll(2);
        client.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.close();
        assertThat(side.poll(2)).isZero();
        assertThat(server.takeError()).isNull();
    }

    @Test
    void shutdownInputReadsWhatIsThereThenEof() throws IOException {
        send(client, "there");
        side.poll(2);
        server.shutdownInput();
        assertThat(side.poll(2)).isEqualTo(READABLE | HANGUP);
        assertThat(receive(server)).isEqualTo("there");
        assertThat(receive(server)).isEqualTo("EOF");
        assertThat(send(client, "on TCP the peer does not notice")).isPositive();
    }

    @Test
    void everyUseAfterCloseIsRefused() throws IOException {
        client.close();
        client.close();
        assertThat(client.isOpen()).isFalse();
        assertThat(client.localAddress()).isNull();
        assertThat(client.takeError()).isNull();
        assertThatThrownBy(() -> send(client, "x")).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> send(client, "")).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> receive(client)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(client::shutdownOutput).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(client::tryAccept).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> side.kernel.poller().register(client, 9)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void callsAreCountedAsAKernelWouldCountThem() throws IOException {
        SystemCalls before = side.kernel.systemCalls().snapshot();
        send(client, "ping");
        side.poll(2);
        receive(server);
        client.trySend(new ByteBuffer[] {wrap("a"), wrap("b")}, 0, 2);
        side.kernel.poller().interest(client, READABLE | WRITABLE);
        SystemCalls spent = side.kernel.systemCalls().since(before);
        assertThat(spent.toString())
                .isEqualTo("recv=1 send=1 sendGather=1 sendFile=0 accept=0 poll=1 control=0 wakeup=0 open=0 close=0");
    }

    @Test
    void randomTrafficArrivesUnchanged() throws IOException {
        Random random = new Random(42);
        network.windows(97, 31);
        NonBlockingSocket[] pair = side.pair(side);
        int sent = 0;
        int received = 0;
        for (int step = 0; step < 20_000; step++) {
            int length = 1 + random.nextInt(60);
            if (random.nextBoolean()) {
                ByteBuffer source = ByteBuffer.allocate(length);
                for (int i = 0; i < length; i++) {
                    source.put(i, pattern(sent + i));
                }
                sent += Math.max(pair[0].trySend(source), 0);
            } else {
                ByteBuffer target = ByteBuffer.allocate(length);
                pair[1].tryRecv(target);
                target.flip();
                while (target.hasRemaining()) {
                    assertThat(target.get()).isEqualTo(pattern(received++));
                }
            }
            assertThat(sent - received).isBetween(0, 97 + 31);
        }
        assertThat(received).isGreaterThan(100_000);
    }

    /** A byte that tells its place: 251 is prime, so no window hides a shift. */
    private static byte pattern(int position) {
        return (byte) (position % 251);
    }
}
