package dev.matryoshka.kernel.faulty;

import static dev.matryoshka.kernel.Readiness.HANGUP;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static dev.matryoshka.kernel.memory.Side.address;
import static dev.matryoshka.kernel.memory.Side.receive;
import static dev.matryoshka.kernel.memory.Side.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.Poller;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.kernel.memory.Side;
import dev.matryoshka.kernel.nio.NioProvider;
import java.io.IOException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Goal: events come late, early or not yet, as the rules say. Method: a kernel in memory whose clock shows how late. */
@Timeout(20)
class FaultyPollerTest {
    private static final long MILLI = 1_000_000;

    private final MemoryNetwork network = new MemoryNetwork();
    private Side side;
    private NonBlockingSocket client;
    private NonBlockingSocket server;

    private void connect(Faults faults) throws IOException {
        side = new Side(FaultyKernel.provider(network, faults));
        NonBlockingSocket[] pair = side.pair(side);
        client = pair[0];
        server = pair[1];
        poller().register(server, 1);
    }

    private Poller poller() {
        return side.kernel.poller();
    }

    private long now() {
        return side.kernel.clock().nanoTime();
    }

    @AfterEach
    void close() {
        side.close();
    }

    @Test
    void lateEventsComeWhenTheirTimeIsOver() throws IOException {
        connect(Faults.seeded(1).lateBy(5 * MILLI));
        long before = now();
        send(client, "x");
        assertThat(side.poll(1)).isZero();
        assertThat(side.poll(1, 2 * MILLI)).isZero();
        assertThat(now()).isEqualTo(before + 2 * MILLI);
        assertThat(receive(server)).as("only the news is late").isEqualTo("x");
        assertThat(side.poll(1, -1)).isEqualTo(READABLE | WRITABLE);
        assertThat(now()).isEqualTo(before + 5 * MILLI);
    }

    @Test
    void someEventsAreLateAndADeregistrationForgetsThem() throws IOException {
        connect(Faults.seeded(1).at(Fault.LATE_EVENT, 2).lateBy(MILLI));
        assertThat(side.poll(1)).isEqualTo(WRITABLE);
        send(client, "x");
        assertThat(side.poll(1)).isZero();
        poller().deregister(server);
        poller().register(server, 2);
        assertThat(side.poll(2)).as("the third is in time").isEqualTo(READABLE | WRITABLE);
        assertThat(side.poll(2, 2 * MILLI)).isZero();
        assertThat(side.poll(1)).isZero();
    }

    @Test
    void spuriousEventsAreNotTrue() throws IOException {
        connect(Faults.seeded(5).every(Fault.SPURIOUS_EVENT, 1));
        side.poll(1);
        int seen = 0;
        for (int i = 0; i < 50; i++) {
            int bits = side.poll(1, MILLI);
            assertThat(bits).isBetween(1, READABLE | WRITABLE);
            seen |= bits;
            assertThat(receive(server)).isEqualTo("WOULD_BLOCK");
        }
        assertThat(seen).isEqualTo(READABLE | WRITABLE);
    }

    @Test
    void aShutValveStallsAndOpeningReportsIt() throws IOException {
        Valve valve = new Valve();
        connect(Faults.seeded(1).stalledBy(valve));
        side.poll(1);
        valve.shut(READABLE);
        send(client, "x");
        client.shutdownOutput();
        assertThat(side.poll(1)).isZero();
        assertThat(receive(server)).isEqualTo("WOULD_BLOCK");
        assertThat(send(server, "the other direction goes")).isPositive();
        valve.shut(WRITABLE);
        assertThat(send(server, "now it does not")).isEqualTo(NonBlockingSocket.WOULD_BLOCK);
        valve.open(READABLE);
        assertThat(side.poll(1)).isEqualTo(READABLE | HANGUP);
        assertThat(receive(server)).isEqualTo("x");
        assertThat(receive(server)).isEqualTo("EOF");
        valve.open(WRITABLE);
        assertThat(side.poll(1)).isEqualTo(WRITABLE);
        assertThat(valve.shut()).isZero();
        assertThatThrownBy(() -> valve.shut(HANGUP)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aStalledListenerAcceptsNobodyAndAStalledConnectDoesNotEnd() throws IOException {
        Valve valve = new Valve();
        connect(Faults.seeded(1).stalledBy(valve));
        NonBlockingSocket listener = side.listen(5, 7);
        NonBlockingSocket late = side.connect(address(listener), 8);
        valve.shut(READABLE | WRITABLE);
        assertThat(side.poll(8)).isZero();
        assertThat(side.poll(7)).isZero();
        assertThat(late.finishConnect()).isFalse();
        assertThat(listener.tryAccept()).isNull();
        valve.open(READABLE | WRITABLE);
        assertThat(side.poll(8)).isEqualTo(READABLE | WRITABLE);
        assertThat(late.finishConnect()).isTrue();
        assertThat(listener.tryAccept()).isNotNull();
    }

    @Test
    void aValveThatWasShutAndOpenedBetweenTwoPollsIsReported() throws IOException {
        Valve valve = new Valve();
        connect(Faults.seeded(1).stalledBy(valve));
        send(client, "x");
        assertThat(side.poll(1) & READABLE).as("the edge is told, once").isEqualTo(READABLE);
        valve.shut(READABLE);
        assertThat(receive(server)).isEqualTo("WOULD_BLOCK");
        valve.open(READABLE);
        assertThat(side.poll(1) & READABLE).as("what was refused meanwhile").isEqualTo(READABLE);
        assertThat(receive(server)).isEqualTo("x");
    }

    @Test
    void openingAValveEndsAWait() throws Exception {
        Valve valve = new Valve();
        connect(Faults.seeded(1).stalledBy(valve));
        valve.shut(READABLE);
        side.poll(1);
        send(client, "x");
        FutureTask<Integer> polled = new FutureTask<>(() -> {
            int bits = 0;
            while (bits == 0) {
                bits = side.poll(1, -1);
            }
            return bits;
        });
        Thread thread = Thread.ofPlatform().daemon().start(polled);
        while (thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        valve.open(READABLE);
        assertThat(polled.get()).isEqualTo(READABLE);
    }

    @Test
    void aLevelTriggeredPollerDoesNotSpinOnWhatIsHeldBack() throws IOException {
        Valve valve = new Valve();
        side = new Side(
                FaultyKernel.provider(new NioProvider(), Faults.seeded(1).stalledBy(valve)));
        NonBlockingSocket listener = side.listen(5, 7);
        valve.shut(READABLE);
        assertThat(side.poll(7)).as("turning a valve wakes").isZero();
        NonBlockingSocket late = side.open();
        late.tryConnect(address(listener));
        long before = now();
        assertThat(side.poll(7, 20 * MILLI)).isZero();
        assertThat(now() - before).as("it waited instead of answering at once").isGreaterThanOrEqualTo(20 * MILLI);
        valve.open(READABLE);
        assertThat(side.poll(7, -1)).isEqualTo(READABLE);
        assertThat(listener.tryAccept()).isNotNull();
    }

    @Test
    void aLateEventOfALevelTriggeredPollerComesOnceAndInTime() throws IOException {
        side = new Side(
                FaultyKernel.provider(new NioProvider(), Faults.seeded(1).lateBy(30 * MILLI)));
        NonBlockingSocket listener = side.listen(5, 7);
        NonBlockingSocket late = side.open();
        late.tryConnect(address(listener));
        long before = now();
        int polls = 0;
        while (side.poll(7, -1) == 0) {
            polls++;
        }
        assertThat(now() - before).isGreaterThanOrEqualTo(30 * MILLI);
        assertThat(polls).as("no spinning meanwhile").isLessThan(5);
    }

    @Test
    void foreignSocketsAreRefused() throws IOException {
        connect(Faults.seeded(1));
        try (Kernel other = network.open()) {
            NonBlockingSocket stranger = other.openStream(java.net.StandardProtocolFamily.INET);
            assertThatThrownBy(() -> poller().register(stranger, 3)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
