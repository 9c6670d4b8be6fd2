package dev.matryoshka.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.address.Datagram;
import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.kernel.faulty.Valve;
import dev.matryoshka.loop.BusyException;
import dev.matryoshka.stream.DatagramStreamOptions.WhenFull;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.DatagramOptions;
import dev.matryoshka.transport.WaterMarks;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: datagrams in straight-line code, bounded both ways. Method: two streams on one loop, over every kernel. */
@ExtendWith(LeakCheck.class)
@Proves({"W8", "I-27"})
class DatagramStreamTest {
    private static final DatagramOptions HERE = DatagramOptions.defaults().withLocal("127.0.0.1", 0);

    private static DatagramStream open(TestLoop on) throws Exception {
        return on.loop.openDatagrams(HERE);
    }

    private static DatagramStream to(TestLoop on, SocketAddress there) throws Exception {
        return on.loop.openDatagrams(DatagramOptions.defaults().withRemote(there));
    }

    private static void end(DatagramStream... streams) throws InterruptedException {
        for (DatagramStream stream : streams) {
            stream.close();
        }
        for (DatagramStream stream : streams) {
            stream.waitClosed();
        }
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    void anEchoIsALoop(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                DatagramStream server = open(on);
                Task<?> echo = on.loop.createTask("echo", () -> {
                    for (Datagram asked; (asked = server.receive()) != null; ) {
                        server.send(asked.bytes(), asked.sender());
                    }
                });
                DatagramStream client = to(on, server.localAddress());
                assertThat(client.remoteAddress()).isEqualTo(server.localAddress());
                for (String text : List.of("one", "two", "three")) {
                    client.send(text.getBytes());
                    assertThat(client.receive().text()).isEqualTo(text);
                }
                ByteBuffer room = ByteBuffer.allocate(3);
                client.send("12345".getBytes());
                assertThat(client.receiveInto(room)).isEqualTo(server.localAddress());
                assertThat(new String(room.array())).isEqualTo("123");
                end(server, client);
                echo.get();
                assertThat(client.receive()).isNull();
                assertThat(client.receiveInto(room)).isNull();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whatHadComeBeforeTheCloseIsStillGiven(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                DatagramStream a = open(on);
                DatagramStream b = open(on);
                a.send("1".getBytes(), b.localAddress());
                a.send("2".getBytes(), b.localAddress());
                a.send("3".getBytes(), b.localAddress());
                assertThat(b.receive().text()).isEqualTo("1");
                on.passes(5);
                end(a, b);
                assertThat(b.receive().text()).isEqualTo("2");
                assertThat(b.receive().text()).isEqualTo("3");
                assertThat(b.receive()).isNull();
                assertThatThrownBy(() -> b.send("x".getBytes(), a.localAddress()))
                        .isInstanceOf(ClosedChannelException.class);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void errorsAreThrownOnceWhereTheyBelongAndLifeGoesOn(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                DatagramStream gone = open(on);
                SocketAddress address = gone.localAddress();
                end(gone);
                DatagramStream a = to(on, address);
                a.send("anybody?".getBytes());
                assertThatThrownBy(a::receive).isInstanceOf(PortUnreachableException.class);
                assertThatThrownBy(() -> a.send(new byte[70_000]))
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("EMSGSIZE");
                DatagramStream heir =
                        on.loop.openDatagrams(DatagramOptions.defaults().withLocal(address));
                a.send("and now?".getBytes());
                assertThat(heir.receive().text()).isEqualTo("and now?");
                heir.send("yes".getBytes(), a.localAddress());
                assertThat(a.receive().text()).isEqualTo("yes");
                end(a, heir);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aSendWaitsAboveTheHighWaterMarkAndDrainToo(Net net) throws Exception {
        Valve valve = new Valve();
        try (TestLoop on = TestLoop.over(
                FaultyKernel.provider(net.provider(), Faults.seeded(1).stalledBy(valve)))) {
            on.run(() -> {
                DatagramStream a = on.loop.openDatagrams(HERE.withWriteLimits(new WaterMarks(20, 0)));
                DatagramStream b = open(on);
                valve.shut(Readiness.WRITABLE);
                a.drain();
                a.send("12345".getBytes(), b.localAddress());
                a.send("67890".getBytes(), b.localAddress());
                assertThat(a.transport().writeBufferSize()).isEqualTo(26);
                Task<?> cancelled = on.loop.createTask("cancelled", () -> a.send(new byte[9], b.localAddress()));
                on.passes(3);
                assertThatThrownBy(a::drain).isInstanceOf(BusyException.class);
                cancelled.cancel(true);
                on.until("it is over", cancelled::isDone);
                Task<?> waiting = on.loop.createTask("waiting", () -> a.send("last".getBytes(), b.localAddress()));
                on.passes(3);
                assertThat(waiting.isDone()).isFalse();
                valve.open(Readiness.WRITABLE);
                waiting.get();
                a.drain();
                List<String> received = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    received.add(b.receive().text());
                }
                assertThat(received).containsExactly("12345", "67890", "last");
                end(a, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFullQueuePausesAndGoesOn(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                DatagramStream a = open(on);
                DatagramStream b = on.loop.openDatagrams(
                        HERE, DatagramStreamOptions.defaults().withQueueBytes(40));
                for (int i = 0; i < 20; i++) {
                    a.send(("number " + i).getBytes(), b.localAddress());
                }
                on.passes(10);
                assertThat(b.transport().isReading()).isFalse();
                for (int i = 0; i < 20; i++) {
                    assertThat(b.receive().text()).isEqualTo("number " + i);
                }
                assertThat(b.droppedDatagrams()).isZero();
                assertThat(b.transport().isReading()).isTrue();
                end(a, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFullQueueDropsTheNewestOrTheOldestAndCounts(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                for (WhenFull answer : List.of(WhenFull.DROP_NEWEST, WhenFull.DROP_OLDEST)) {
                    DatagramStream a = open(on);
                    DatagramStream b = on.loop.openDatagrams(
                            HERE,
                            DatagramStreamOptions.defaults().withQueueBytes(27).withWhenFull(answer));
                    for (int i = 0; i < 10; i++) {
                        a.send(("" + i).getBytes(), b.localAddress());
                    }
                    on.until("all have come", () -> b.droppedDatagrams() == 7);
                    String first = answer == WhenFull.DROP_NEWEST ? "0" : "7";
                    assertThat(b.receive().text()).isEqualTo(first);
                    end(a, b);
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whoIsCancelledHasTakenNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                DatagramStream a = open(on);
                DatagramStream b = open(on);
                Task<Datagram> waiting = on.loop.createTask("waiting", b::receive);
                on.passes(3);
                assertThatThrownBy(b::receive).isInstanceOf(BusyException.class);
                waiting.cancel(true);
                on.until("it is over", waiting::isDone);
                assertThat(waiting.isCancelled()).isTrue();
                a.send("kept".getBytes(), b.localAddress());
                on.passes(3);
                assertThat(b.receive().text()).isEqualTo("kept");
                end(a, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void closeEndsWhoWaits(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                DatagramStream a = open(on);
                Task<Datagram> waiting = on.loop.createTask("waiting", a::receive);
                on.passes(3);
                end(a);
                assertThat(waiting.get()).isNull();
            });
        }
    }

    @Test
    void manyErrorsThatNobodyCollectsAreBounded() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                DatagramStream gone = open(on);
                SocketAddress address = gone.localAddress();
                end(gone);
                DatagramStream a = to(on, address);
                for (int i = 0; i < 3 * DatagramInbox.ERRORS_MAX; i++) {
                    a.send("x".getBytes());
                    on.passes(2);
                }
                int thrown = 0;
                a.close();
                for (boolean more = true; more; ) {
                    try {
                        more = a.receive() != null;
                    } catch (PortUnreachableException told) {
                        thrown++;
                    }
                }
                assertThat(thrown).isEqualTo(DatagramInbox.ERRORS_MAX);
                a.waitClosed();
            });
        }
    }

    @Test
    void aMisuseIsRefused() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                DatagramStream a = open(on);
                assertThatThrownBy(() -> a.send("x".getBytes())).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> a.receiveInto(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                        .isInstanceOf(ReadOnlyBufferException.class);
                assertThatThrownBy(() -> DatagramStreamOptions.defaults().withQueueBytes(0))
                        .isInstanceOf(IllegalArgumentException.class);
                end(a);
            });
        }
    }
}
