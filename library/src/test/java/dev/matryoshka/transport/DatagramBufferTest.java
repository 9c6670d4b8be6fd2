package dev.matryoshka.transport;

import static dev.matryoshka.kernel.Readiness.WRITABLE;
import static dev.matryoshka.transport.DatagramTransportTest.HERE;
import static dev.matryoshka.transport.DatagramTransportTest.close;
import static dev.matryoshka.transport.DatagramTransportTest.open;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.address.AbstractUnixAddress;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.kernel.faulty.Valve;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.support.HeardDatagrams;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: what cannot be sent is kept in order, counted in and out alike, and never stays behind. Method: a valve that takes the room
 * away and gives it back.
 */
@ExtendWith(LeakCheck.class)
@Proves("create_datagram_endpoint")
class DatagramBufferTest {
    private final Valve valve = new Valve();

    private TestLoop over(Net net) {
        return TestLoop.over(
                FaultyKernel.provider(net.provider(), Faults.seeded(1).stalledBy(valve)));
    }

    private static void send(HeardDatagrams from, String text, HeardDatagrams to) {
        from.transport.sendTo(text.getBytes(), to.transport.localAddress());
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            value = {"B13", "I-27", "DatagramProtocol.pause_writing"},
            ports = {
                "test_selector_events.test_sendto_buffer",
                "test_selector_events.test_sendto_tryagain",
                "test_selector_events.test_sendto_ready",
                "test_events.test_create_datagram_endpoint"
            })
    void theBufferIsCountedInAndOutAlike(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                HeardDatagrams b = open(on);
                a.transport.setWriteBufferLimits(new WaterMarks(30, 10));
                for (int round = 0; round < 3; round++) {
                    a.events.clear();
                    b.events.clear();
                    valve.shut(WRITABLE);
                    send(a, "12345", b);
                    send(a, "", b);
                    assertThat(a.transport.writeBufferSize()).isEqualTo(5 + 8 + 8);
                    assertThat(a.events).isEmpty();
                    send(a, "67", b);
                    assertThat(a.transport.writeBufferSize()).isEqualTo(5 + 8 + 8 + 2 + 8);
                    assertThat(a.events).containsExactly("pause");
                    on.passes(3);
                    on.passes(3);
                    valve.open(WRITABLE);
                    on.until("all are here", () -> b.events.size() == 3);
                    assertThat(b.events).containsExactly("\"12345\"", "\"\"", "\"67\"");
                    assertThat(a.events).containsExactly("pause", "resume");
                    assertThat(a.transport.writeBufferSize()).isZero();
                    on.assertQuiet();
                }
                close(on, a, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(
            value = {"B14", "I-28"},
            ports = "test_selector_events.test_sendto_ready_error_received")
    void anErrorOfAKeptDatagramDoesNotHoldUpThoseBehindIt(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                HeardDatagrams b = open(on);
                a.transport.setWriteBufferLimits(new WaterMarks(1000, 0));
                valve.shut(WRITABLE);
                send(a, "before", b);
                send(a, "x".repeat(70_000), b);
                send(a, "after", b);
                assertThat(a.events).containsExactly("made", "pause");
                on.passes(3);
                valve.open(WRITABLE);
                on.until("both are here", () -> b.received() == 2);
                assertThat(b.events).containsExactly("made", "\"before\"", "\"after\"");
                on.until("resumed", () -> a.events.contains("resume"));
                assertThat(a.events).containsExactly("made", "pause", "error SocketException", "resume");
                assertThat(a.errors.getFirst()).hasMessageContaining("EMSGSIZE");
                close(on, a, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves(value = "DatagramTransport.close", ports = "test_selector_events.test_sendto_ready_closing")
    void closeSendsWhatIsKept(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                HeardDatagrams b = open(on);
                valve.shut(WRITABLE);
                send(a, "1", b);
                send(a, "2", b);
                a.transport.close();
                send(a, "too late", b);
                on.passes(3);
                assertThat(a.events).containsExactly("made");
                valve.open(WRITABLE);
                on.until("closed", a::isLost);
                on.until("both are here", () -> b.received() == 2);
                assertThat(a.transport.droppedDatagrams()).isEqualTo(1);
                close(on, b);
            });
        }
    }

    @Proves("DatagramTransport.abort")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void abortDropsWhatIsKeptAndCountsIt(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                HeardDatagrams b = open(on);
                valve.shut(WRITABLE);
                send(a, "1", b);
                send(a, "2", b);
                a.transport.abort();
                on.until("closed", a::isLost);
                assertThat(a.transport.droppedDatagrams()).isEqualTo(2);
                assertThat(a.transport.writeBufferSize()).isZero();
                on.passes(3);
                valve.open(WRITABLE);
                on.passes(5);
                assertThat(b.received()).isZero();
                close(on, b);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void whatIsSentWhileTheKeptOnesLeaveGoesBehindThem(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams b = open(on);
                SocketAddress there = b.transport.localAddress();
                HeardDatagrams a = open(
                        on,
                        new HeardDatagrams() {
                            @Override
                            public void errorReceived(IOException exception) {
                                super.errorReceived(exception);
                                transport.sendTo("last".getBytes(), there);
                            }
                        },
                        HERE);
                valve.shut(WRITABLE);
                send(a, "first", b);
                send(a, "x".repeat(70_000), b);
                send(a, "middle", b);
                on.passes(3);
                valve.open(WRITABLE);
                on.until("all are here", () -> b.received() == 3);
                assertThat(b.events).containsExactly("made", "\"first\"", "\"middle\"", "\"last\"");
                close(on, a, b);
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "NIO", "MEMORY"})
    void abortInAnErrorOfAKeptDatagramEndsItOnce(Net net) throws Exception {
        try (TestLoop on = over(net)) {
            on.run(() -> {
                HeardDatagrams b = open(on);
                HeardDatagrams a = open(
                        on,
                        new HeardDatagrams() {
                            @Override
                            public void errorReceived(IOException exception) {
                                super.errorReceived(exception);
                                transport.abort();
                            }
                        },
                        HERE);
                valve.shut(WRITABLE);
                send(a, "x".repeat(70_000), b);
                send(a, "never", b);
                on.passes(3);
                valve.open(WRITABLE);
                on.until("closed", a::isLost);
                assertThat(a.events).containsExactly("made", "pause", "error SocketException", "lost null");
                assertThat(b.received()).isZero();
                close(on, b);
            });
        }
    }

    @Test
    void aFullReceiverMakesTheSenderKeepAndNothingIsLost() throws Exception {
        KernelProvider small = new MemoryNetwork().windows(500, 500);
        try (TestLoop on = TestLoop.over(small)) {
            on.run(() -> {
                HeardDatagrams a = open(on);
                HeardDatagrams b = open(on);
                b.transport.pauseReading();
                for (int i = 0; i < 100; i++) {
                    send(a, "datagram " + i, b);
                }
                assertThat(a.transport.writeBufferSize()).isPositive();
                b.transport.resumeReading();
                on.until("all are here", () -> b.received() == 100);
                assertThat(b.events.getLast()).isEqualTo("\"datagram 99\"");
                close(on, a, b);
            });
        }
    }

    /** An unconnected sender is told that it may send after each refusal, as long as the receiver is full. */
    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "MEMORY"})
    void whatIsKeptForAFullReceiverDoesNotSpinAndLeavesAtLast(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams server = open(on, new HeardDatagrams(), unix());
                HeardDatagrams other = open(on, new HeardDatagrams(), unix());
                HeardDatagrams client = open(on, new HeardDatagrams(), unix());
                server.transport.pauseReading();
                String filler = "x".repeat(8 * 1024);
                int sent = 0;
                for (; other.transport.writeBufferSize() == 0; sent++) {
                    send(other, filler, server);
                }
                other.transport.abort();
                send(client, "first", server);
                send(client, "second", server);
                client.transport.close();
                long before = on.calls().send;
                Task.sleep(Duration.ofMillis(100));
                assertThat(on.calls().send - before).isLessThan(30);
                assertThat(client.events).containsExactly("made");
                server.transport.resumeReading();
                on.until("closed", client::isLost);
                int all = sent - 1 + 2;
                on.until("all are here", () -> server.received() == all);
                assertThat(server.events).endsWith("\"first\"", "\"second\"");
                on.until("aborted", other::isLost);
                close(on, server);
            });
        }
    }

    private static DatagramOptions unix() {
        return DatagramOptions.defaults().withLocal(AbstractUnixAddress.of("matryoshka-" + UUID.randomUUID()));
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL_CLOGGED", "NIO_CLOGGED", "MEMORY_CLOGGED"})
    void aCloggedNetworkLosesNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                HeardDatagrams echo = open(on, new HeardDatagrams.Echo(), HERE);
                HeardDatagrams client = open(on);
                for (int i = 0; i < 60; i++) {
                    send(client, "datagram " + i, echo);
                }
                on.until("all are answered", () -> client.received() == 60);
                assertThat(client.events.getLast()).isEqualTo("\"datagram 59\"");
                close(on, echo, client);
            });
        }
    }
}
