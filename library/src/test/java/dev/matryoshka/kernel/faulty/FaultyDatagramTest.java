package dev.matryoshka.kernel.faulty;

import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static dev.matryoshka.kernel.Watchable.WOULD_BLOCK;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a bad network for datagrams is bad in the ways that it says, and the checking kernel knows the rules of datagrams. Method:
 * kernels in memory, wrapped in both.
 */
class FaultyDatagramTest {
    private final MemoryNetwork network = new MemoryNetwork();
    private FaultyKernel faulty;
    private CheckingKernel kernel;
    private NonBlockingDatagramSocket a;
    private NonBlockingDatagramSocket b;

    private void open(Faults faults) throws IOException {
        faulty = FaultyKernel.around(network.open(), faults);
        kernel = CheckingKernel.around(faulty);
        a = bound(1);
        b = bound(2);
    }

    private NonBlockingDatagramSocket bound(long token) throws IOException {
        NonBlockingDatagramSocket socket = kernel.openDatagram(StandardProtocolFamily.INET);
        socket.bind(new InetSocketAddress("127.0.0.1", 0));
        kernel.poller().register(socket, token);
        return socket;
    }

    @AfterEach
    void close() {
        for (NonBlockingDatagramSocket socket : List.of(a, b)) {
            kernel.poller().deregister(socket);
            socket.close();
        }
        kernel.close();
        assertThat(kernel.violations()).isEmpty();
    }

    private int send(String text) throws IOException {
        return send(a, text, b.localAddress());
    }

    private static int send(NonBlockingDatagramSocket from, String text, SocketAddress to) throws IOException {
        return from.trySendTo(ByteBuffer.wrap(text.getBytes(UTF_8)), to);
    }

    private List<String> received() throws IOException {
        List<String> all = new ArrayList<>();
        ByteBuffer room = ByteBuffer.allocate(100);
        while (b.tryRecvFrom(room.clear()) != WOULD_BLOCK) {
            all.add(UTF_8.decode(room.flip()).toString());
        }
        return all;
    }

    private int poll(long token) throws IOException {
        int[] bits = {0};
        kernel.poller().poll(0, (of, readiness) -> bits[0] |= of == token ? readiness : 0);
        return bits[0];
    }

    @Test
    void withoutRulesNothingChanges() throws IOException {
        open(Faults.seeded(1));
        send("1");
        send("2");
        assertThat(poll(2)).isEqualTo(READABLE | WRITABLE);
        assertThat(received()).containsExactly("1", "2");
    }

    @Test
    void aLostDatagramCountsAsSent() throws IOException {
        open(Faults.seeded(1).at(Fault.DATAGRAM_LOST, 2));
        send("1");
        assertThat(send("22")).isEqualTo(2);
        send("3");
        assertThat(received()).containsExactly("1", "3");
        assertThat(faulty.injected(Fault.DATAGRAM_LOST)).isEqualTo(1);
    }

    @Test
    void aDatagramMayComeTwice() throws IOException {
        open(Faults.seeded(1).at(Fault.DATAGRAM_TWICE, 1));
        send("1");
        send("2");
        assertThat(received()).containsExactly("1", "1", "2");
    }

    @Test
    void aDatagramMayBeOvertaken() throws IOException {
        open(Faults.seeded(1).at(Fault.DATAGRAM_OVERTAKEN, 1));
        send("1");
        assertThat(received()).isEmpty();
        send("2");
        send("3");
        assertThat(received()).containsExactly("2", "1", "3");
    }

    @Test
    void aRefusalTakesNothingAndIsReportedAgain() throws IOException {
        open(Faults.seeded(1).at(Fault.DATAGRAM_REFUSED, 1));
        send("1");
        poll(2);
        assertThatThrownBy(this::received).isInstanceOf(PortUnreachableException.class);
        assertThat(poll(2)).isEqualTo(READABLE);
        assertThat(received()).containsExactly("1");
    }

    @Test
    void whatWouldBlockForNothingIsReportedAgain() throws IOException {
        open(Faults.seeded(1).at(Fault.RECV_WOULD_BLOCK, 1).at(Fault.SEND_WOULD_BLOCK, 1));
        poll(1);
        assertThat(send("1")).isEqualTo(WOULD_BLOCK);
        assertThat(poll(1)).isEqualTo(WRITABLE);
        assertThat(send("1")).isEqualTo(1);
        poll(2);
        assertThat(received()).isEmpty();
        assertThat(poll(2)).isEqualTo(READABLE);
        assertThat(received()).containsExactly("1");
    }

    @Test
    void noDescriptorIsLeft() throws IOException {
        open(Faults.seeded(1).at(Fault.OPEN_EXHAUSTED, 3));
        assertThatThrownBy(() -> kernel.openDatagram(StandardProtocolFamily.INET))
                .hasMessageContaining("EMFILE");
    }

    @Test
    void aMisuseIsAViolation() throws IOException {
        open(Faults.seeded(1));
        CheckingKernel other = CheckingKernel.around(network.open());
        NonBlockingDatagramSocket socket = other.openDatagram(StandardProtocolFamily.INET);
        socket.bind(new InetSocketAddress("127.0.0.1", 0));
        other.poller().register(socket, 7);
        assertThatThrownBy(socket::close).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> socket.tryRecvFrom(other.allocate(4), 2, 3)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> socket.tryRecvFrom(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                .isInstanceOf(IllegalStateException.class);
        other.poller().deregister(socket);
        socket.close();
        assertThatThrownBy(() -> socket.tryRecvFrom(ByteBuffer.allocate(1))).isInstanceOf(IllegalStateException.class);
        assertThat(other.violations()).hasSize(4);
        other.close();
    }

    @Test
    void aFullReceiverStopsTheSenderOfAnyKernel() throws IOException {
        open(Faults.seeded(1));
        Kernel plain = network.open();
        NonBlockingDatagramSocket sender = plain.openDatagram(StandardProtocolFamily.INET);
        plain.poller().register(sender, 9);
        plain.poller().poll(0, (token, bits) -> {});
        String large = "x".repeat(8 * 1024);
        int sent = 0;
        while (send(sender, large, b.localAddress()) != WOULD_BLOCK) {
            sent++;
        }
        assertThat(sent).isEqualTo(8);
        assertThat(b.tryRecvFrom(ByteBuffer.allocate(1))).isEqualTo(1);
        int[] told = {0};
        plain.poller().poll(0, (token, bits) -> told[0] |= bits);
        assertThat(told[0]).isEqualTo(WRITABLE);
        assertThat(send(sender, large, b.localAddress())).isEqualTo(8 * 1024);
        plain.close();
    }
}
