package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.Spent;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: TLS costs what its engine costs, and one copy each way; a connection that is idle holds what the engine holds. Method:
 * counters of system calls, passes and allocated bytes; a census of the heap.
 */
@ExtendWith(LeakCheck.class)
class TlsCostTest {
    private static final int MESSAGE_BYTES = 1000;

    /** Measured: 190 per echo, both ends. The engines themselves allocate 6,200 for its four records. */
    private static final int OWN_BYTES_PER_ECHO_MAX = 256;

    /** Measured: 7.5 KiB with all of the socket's objects, of which the JDK's engine is nearly all. One record would be 16 KiB. */
    private static final int IDLE_BYTES_MAX = 12 * 1024;

    private static final int ROUNDS = 30;

    /** Echoes so many messages of the other side, then tells it. */
    private static final class Ping implements Protocol {
        private final byte[] message = new byte[MESSAGE_BYTES];
        private Transport transport;
        private CompletableFuture<Void> done = new CompletableFuture<>();
        private int missing;
        private int left;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        CompletableFuture<Void> start(int messages) {
            done = new CompletableFuture<>();
            left = messages;
            next();
            return done;
        }

        private void next() {
            missing = MESSAGE_BYTES;
            transport.write(message);
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            missing -= data.remaining();
            if (missing == 0) {
                if (--left > 0) {
                    next();
                } else {
                    done.complete(null);
                }
            }
        }
    }

    private static final class Echo implements Protocol {
        private Transport transport;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            transport.write(data);
        }
    }

    private interface TestBody {
        void run(TestLoop on, Ping client) throws Exception;
    }

    private static void echoing(TestLoop loop, TestBody body) throws Exception {
        try (TestLoop on = loop) {
            on.run(() -> {
                Ping client = new Ping();
                try (Server listener = TlsPair.serve(on, new Echo(), Certificates.server())) {
                    TlsPair.connect(on, client, listener.port(), Certificates.client());
                    body.run(on, client);
                    client.transport.close();
                    on.until("all is gone", () -> listener.clientCount() == 0);
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anEchoIsOneReceiveAndOneSendAndNoPassMoreThanInPlain(Net net) throws Exception {
        echoing(TestLoop.over(net), (on, client) -> {
            client.start(10).get();
            SystemCalls before = on.calls();
            long passes = on.engine.counters().passes;
            client.start(500).get();
            SystemCalls spent = on.calls().since(before);
            assertThat(spent.recv).as("receives of both ends").isEqualTo(1000);
            assertThat(spent.send + spent.sendGather).as("sends of both ends").isEqualTo(1000);
            assertThat(spent.control).as("changes of registrations").isZero();
            assertThat(on.engine.counters().passes - passes)
                    .as("a pass for each receive")
                    .isLessThanOrEqualTo(1003);
        });
    }

    @Test
    void manySmallWritesShareARecordAndManyRecordsASend() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, new Recorder(), new Recorder(), "TLSv1.3");
                on.passes(5);
                SystemCalls before = on.calls();
                for (int i = 0; i < 100; i++) {
                    pair.clientTransport().write(new byte[10]);
                }
                on.until("all has come", () -> pair.server().heard.count() == 1000);
                SystemCalls spent = on.calls().since(before);
                assertThat(spent.send + spent.sendGather).isEqualTo(1);
                assertThat(pair.server().heard.times("data")).as("one record").isEqualTo(1);
                before = on.calls();
                pair.clientTransport().write(new byte[64 * 1024]);
                spent = on.calls().since(before);
                assertThat(spent.send + spent.sendGather).as("four records").isEqualTo(1);
                on.until("all has come", () -> pair.server().heard.count() == 1000 + 64 * 1024);
                pair.end(on);
            });
        }
    }

    // ---- objects --------------------------------------------------------------------------------------------------

    /** What two bare engines allocate for a message there and back: four records. */
    private static double allocatedByEnginesAlone(TestLoop on) throws Exception {
        EnginePair pair = EnginePair.open("TLSv1.3");
        ByteBuffer message = ByteBuffer.allocate(MESSAGE_BYTES);
        ByteBuffer records = ByteBuffer.allocate(20_000);
        ByteBuffer plain = ByteBuffer.allocate(20_000);
        return Spent.bytesPerMessageIn(ROUNDS, on, 2_000, () -> {
            for (int i = 0; i < 2_000; i++) {
                for (TlsEngine[] way : new TlsEngine[][] {{pair.client, pair.server}, {pair.server, pair.client}}) {
                    way[0].wrap(message.clear(), records.clear());
                    way[1].unwrap(records.flip(), plain.clear());
                }
            }
        });
    }

    @Test
    void anEchoAllocatesWhatTheEnginesAllocate() throws Exception {
        echoing(TestLoop.unchecked(Net.EPOLL.provider()), (on, client) -> {
            double engines = allocatedByEnginesAlone(on);
            double enough = engines + OWN_BYTES_PER_ECHO_MAX;
            double both = Spent.bytesPerMessage(
                    on, 2_000, enough, () -> client.start(2_000).get());
            assertThat(both).as("bytes per echo, the bare engines %s", engines).isLessThan(enough);
        });
    }

    // ---- memory ---------------------------------------------------------------------------------------------------

    /** Live bytes of the heap by the JVM's own census, which collects first. */
    private static long liveBytes() throws Exception {
        String census = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        String[] total = census.lines()
                .filter(line -> line.startsWith("Total"))
                .findFirst()
                .orElseThrow()
                .trim()
                .split("\\s+");
        return Long.parseLong(total[2]);
    }

    @Test
    @Proves({"B20", "I-15"})
    void anIdleConnectionHoldsWhatItsEngineHolds() throws Exception {
        int count = 100;
        try (TestLoop on = TestLoop.unchecked(Net.MEMORY.provider())) {
            on.run(() -> {
                List<Transport> open = new ArrayList<>();
                try (Server listener = Tls.createServer(
                        on.loop,
                        () -> new Idle(open),
                        "127.0.0.1",
                        0,
                        Certificates.server(),
                        dev.matryoshka.transport.ServerOptions.defaults())) {
                    TlsOptions clients = Certificates.client();
                    connect(on, listener, clients, 20, open);
                    long before = liveBytes();
                    connect(on, listener, clients, count, open);
                    long each = (liveBytes() - before) / (2 * count);
                    assertThat(each).as("bytes of one end").isLessThan(IDLE_BYTES_MAX);
                    assertThat(on.engine.heap().inUse()).isZero();
                    assertThat(on.engine.load().chunks()).isZero();
                    assertThat(on.engine.load().timers()).isZero();
                    open.forEach(Transport::abort);
                    on.until("all are gone", () -> on.engine.load().channels() == 1);
                }
            });
        }
    }

    /** Whispers once, so that all classes and pools are there. */
    private record Idle(List<Transport> open) implements Protocol {
        @Override
        public void connectionMade(Transport transport) {
            open.add(transport);
            transport.write(new byte[100]);
        }
    }

    private static void connect(TestLoop on, Server listener, TlsOptions clients, int count, List<Transport> open)
            throws Exception {
        int all = open.size() + 2 * count;
        for (int i = 0; i < count; i++) {
            TlsPair.connect(on, new Idle(open), listener.port(), clients);
        }
        on.until("all are made", () -> open.size() == all);
        on.passes(5);
    }

    @Test
    @Proves(value = "B20", ports = "test_ssl.test_handshake_timeout_handler_leak")
    void aFloodOfConnectionsLeavesNoMemoryBehind() throws Exception {
        try (TestLoop on = TestLoop.unchecked(Net.MEMORY.provider())) {
            on.run(() -> {
                Recorder nobody = new Recorder();
                try (Server listener = TlsPair.serve(on, nobody, Certificates.server())) {
                    flood(on, listener, 30);
                    long before = liveBytes();
                    flood(on, listener, 150);
                    assertThat((liveBytes() - before) / 150)
                            .as("bytes that each has left")
                            .isLessThan(1000);
                    assertThat(on.engine.load().timers()).isZero();
                }
                assertThat(nobody.heard.events).isEmpty();
            });
        }
    }

    private static void flood(TestLoop on, Server listener, int count) throws Exception {
        for (int i = 0; i < count; i++) {
            try (Peer peer = Peer.connect(on, listener.port())) {
                peer.send("\u0016\u0003\u0001\u0040\u0000 the beginning of a record of 16 KiB");
                on.until("it is there", () -> listener.clientCount() == 1);
            }
            on.until("it is gone", () -> listener.clientCount() == 0);
        }
    }
}
