package dev.matryoshka.kernel.faulty;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static dev.matryoshka.kernel.memory.Side.BROKEN;
import static dev.matryoshka.kernel.memory.Side.address;
import static dev.matryoshka.kernel.memory.Side.receive;
import static dev.matryoshka.kernel.memory.Side.send;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.AcceptAbortedException;
import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.ResourceExhaustedException;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.kernel.memory.Side;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: each fault does what it says, and leaves a consumer that keeps to the seam able to go on. Method: a kernel in memory
 * with the fault talks to one without.
 */
class FaultyKernelTest {
    private final MemoryNetwork network = new MemoryNetwork();
    private Side sane;
    private Side faulty;

    /** At the faulty side; registered with token 1. */
    private NonBlockingSocket here;

    /** At the sane side; registered with token 2. */
    private NonBlockingSocket there;

    @BeforeEach
    void open() throws IOException {
        sane = new Side(network);
    }

    @AfterEach
    void close() {
        faulty.close();
        sane.close();
    }

    private FaultyKernel kernel() {
        return (FaultyKernel) faulty.kernel;
    }

    /** A connection between the two sides, all of whose first events have been taken. */
    private void connect(Faults faults) throws IOException {
        faulty = new Side(FaultyKernel.provider(network, faults));
        NonBlockingSocket[] pair = faulty.pair(sane);
        here = pair[0];
        there = pair[1];
        faulty.kernel.poller().register(here, 1);
        sane.kernel.poller().register(there, 2);
        faulty.poll(1);
        sane.poll(2);
    }

    @Test
    void withoutRulesNothingChanges() throws IOException {
        connect(Faults.seeded(1));
        assertThat(send(here, "ping")).isEqualTo(4);
        assertThat(receive(there)).isEqualTo("ping");
        send(there, "pong");
        assertThat(faulty.poll(1)).isEqualTo(READABLE);
        assertThat(receive(here)).isEqualTo("pong");
        assertThat(receive(here)).isEqualTo("WOULD_BLOCK");
        assertThat(faulty.kernel.name()).isEqualTo("memory");
        assertThat(faulty.kernel.poller().poll(0, (token, bits) -> {})).isZero();
    }

    @Test
    void oneByteAtATimeReportsTheRestAgain() throws IOException {
        connect(Faults.oneByteAtATime());
        send(there, "abc");
        for (String expected : new String[] {"a", "b", "c"}) {
            assertThat(faulty.poll(1)).isEqualTo(READABLE);
            assertThat(receive(here)).isEqualTo(expected);
        }
        assertThat(faulty.poll(1)).as("nobody knows that it was the last").isEqualTo(READABLE);
        assertThat(receive(here)).isEqualTo("WOULD_BLOCK");
        assertThat(faulty.poll(1)).isZero();

        ByteBuffer source = ByteBuffer.wrap("xy".getBytes(US_ASCII));
        assertThat(here.trySend(source)).isEqualTo(1);
        assertThat(source.remaining()).isEqualTo(1);
        assertThat(faulty.poll(1)).isEqualTo(WRITABLE);
        assertThat(here.trySend(source)).isEqualTo(1);
        assertThat(faulty.poll(1)).isZero();
    }

    @Test
    void limitsHoldForChunksAndGatheringSends() throws IOException {
        connect(Faults.seeded(1).sendAtMost(5).recvAtMost(2));
        ByteBuffer[] pieces = {buffer(""), buffer("abc"), buffer("defg"), buffer("h")};
        assertThat(here.trySend(pieces, 0, 4)).isEqualTo(5);
        assertThat(pieces[1].hasRemaining()).isFalse();
        assertThat(pieces[2].remaining()).isEqualTo(2);
        assertThat(pieces[2].limit()).isEqualTo(4);
        assertThat(here.trySend(pieces, 0, 4)).isEqualTo(3);
        assertThat(here.trySend(pieces, 0, 4)).isZero();
        assertThat(receive(there)).isEqualTo("abcdefgh");

        Chunk chunk = faulty.kernel.allocate(10);
        chunk.bytes().put(0, "0123456789".getBytes(US_ASCII));
        assertThat(here.trySend(chunk, 1, 9)).isEqualTo(5);
        assertThat(receive(there)).isEqualTo("12345");
        send(there, "xyz");
        assertThat(here.tryRecv(chunk, 0, 10)).isEqualTo(2);
        ByteBuffer target = ByteBuffer.allocate(10).limit(8);
        assertThat(here.tryRecv(target)).isEqualTo(1);
        assertThat(target.limit()).isEqualTo(8);
    }

    private static ByteBuffer buffer(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    @Test
    void shortAnswersCutAtRandomPlacesTheSameInEachRun() throws IOException {
        StringBuilder lengths = new StringBuilder();
        for (int run = 0; run < 2; run++) {
            connect(Faults.seeded(3).percent(Fault.SEND_SHORT, 50).percent(Fault.RECV_SHORT, 50));
            for (int i = 0; i < 20; i++) {
                int sent = send(here, "0123456789");
                send(there, "0123456789");
                lengths.append(sent).append(receive(here).length());
            }
            assertThat(kernel().injected(Fault.SEND_SHORT)).isBetween(5L, 15L);
            assertThat(kernel().injected(Fault.RECV_SHORT)).isBetween(5L, 15L);
            faulty.close();
        }
        String both = lengths.toString();
        assertThat(both.substring(0, both.length() / 2)).isEqualTo(both.substring(both.length() / 2));
    }

    @Test
    void wouldBlockStormsEndWithAFreshEvent() throws IOException {
        connect(Faults.seeded(1).every(Fault.RECV_WOULD_BLOCK, 2).at(Fault.SEND_WOULD_BLOCK, 1));
        assertThat(send(here, "x")).isEqualTo(NonBlockingSocket.WOULD_BLOCK);
        assertThat(faulty.poll(1)).isEqualTo(WRITABLE);
        assertThat(send(here, "x")).isEqualTo(1);

        send(there, "ab");
        faulty.poll(1);
        assertThat(receive(here, 1)).isEqualTo("a");
        assertThat(receive(here, 1)).isEqualTo("WOULD_BLOCK");
        assertThat(faulty.poll(1)).isEqualTo(READABLE);
        assertThat(receive(here, 1)).isEqualTo("b");
    }

    @Test
    void anEventThatIsDueDoesNotLetTheTimeJump() throws IOException {
        connect(Faults.seeded(1).at(Fault.RECV_WOULD_BLOCK, 1));
        long before = faulty.kernel.clock().nanoTime();
        assertThat(receive(here)).isEqualTo("WOULD_BLOCK");
        assertThat(faulty.poll(1, 1_000_000)).isEqualTo(READABLE);
        assertThat(faulty.kernel.clock().nanoTime()).isEqualTo(before);
    }

    @Test
    void resetsBreakBothSides() throws IOException {
        connect(Faults.seeded(1).at(Fault.RECV_RESET, 2));
        send(there, "ab");
        faulty.poll(1);
        assertThat(receive(here, 1)).isEqualTo("a");
        assertThatThrownBy(() -> receive(here)).hasMessageContaining("ECONNRESET");
        assertThat(faulty.poll(1)).isEqualTo(BROKEN);
        assertThat(receive(here)).isEqualTo("EOF");
        assertThatThrownBy(() -> send(here, "x")).hasMessageContaining("EPIPE");
        here.close();
        assertThat(sane.poll(2)).isEqualTo(BROKEN);
        assertThatThrownBy(() -> receive(there)).hasMessageContaining("ECONNRESET");
        assertThatThrownBy(() -> receive(here)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aSendCanBeResetToo() throws IOException {
        connect(Faults.seeded(1).at(Fault.SEND_RESET, 1));
        assertThatThrownBy(() -> here.trySend(new ByteBuffer[] {buffer("x")}, 0, 1))
                .hasMessageContaining("ECONNRESET");
        assertThat(kernel().injected(Fault.SEND_RESET)).isEqualTo(1);
    }

    @Test
    void descriptorsRunOutOnOpenAndOnAccept() throws IOException {
        faulty = new Side(FaultyKernel.provider(
                network, Faults.seeded(1).at(Fault.OPEN_EXHAUSTED, 2).at(Fault.ACCEPT_EXHAUSTED, 1)));
        NonBlockingSocket listener = faulty.listen(5, 1);
        assertThatThrownBy(() -> faulty.open()).isInstanceOf(ResourceExhaustedException.class);
        sane.connect(address(listener), 2);
        assertThatThrownBy(listener::tryAccept).isInstanceOf(ResourceExhaustedException.class);
        assertThat(listener.tryAccept()).as("it stayed in the queue").isNotNull();
    }

    @Test
    void anAbortedAcceptTakesOneConnectionAndOnlyAConnection() throws IOException {
        faulty = new Side(FaultyKernel.provider(
                network, Faults.seeded(1).at(Fault.ACCEPT_ABORTED, 1).at(Fault.ACCEPT_WOULD_BLOCK, 3)));
        NonBlockingSocket listener = faulty.listen(5, 1);
        assertThat(listener.tryAccept()).isNull();
        NonBlockingSocket first = sane.connect(address(listener), 2);
        sane.connect(address(listener), 3);
        faulty.poll(1);
        assertThatThrownBy(listener::tryAccept).isInstanceOf(AcceptAbortedException.class);
        assertThat(first.finishConnect()).isTrue();
        assertThatThrownBy(() -> receive(first)).hasMessageContaining("ECONNRESET");
        assertThat(listener.tryAccept()).as("the storm").isNull();
        assertThat(faulty.poll(1)).isEqualTo(READABLE);
        assertThat(listener.tryAccept()).isNotNull();
    }

    @Test
    void aConnectCanBeRefusedAndTriedAgain() throws IOException {
        faulty = new Side(FaultyKernel.provider(network, Faults.seeded(1).at(Fault.CONNECT_REFUSED, 1)));
        NonBlockingSocket listener = sane.listen(5, 2);
        NonBlockingSocket client = faulty.connect(address(listener), 1);
        assertThat(send(client, "x")).isEqualTo(NonBlockingSocket.WOULD_BLOCK);
        assertThat(faulty.poll(1)).isEqualTo(BROKEN);
        assertThatThrownBy(client::finishConnect)
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("ECONNREFUSED");
        assertThat(listener.tryAccept()).isNull();
        assertThat(client.tryConnect(address(listener))).isFalse();
        assertThat(faulty.poll(1)).isEqualTo(WRITABLE);
        assertThat(client.finishConnect()).isTrue();
    }

    @Test
    void aRefusedConnectTellsItThroughTakeErrorToo() throws IOException {
        faulty = new Side(FaultyKernel.provider(network, Faults.seeded(1).every(Fault.CONNECT_REFUSED, 1)));
        NonBlockingSocket client = faulty.connect(Side.loopback(9), 1);
        assertThat(client.takeError()).isInstanceOf(ConnectException.class);
        assertThat(client.takeError()).isNull();
    }
}
