package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.WaterMarks;
import java.io.ByteArrayOutputStream;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: what a transport promises about pausing, in both directions, holds over TLS. Method: a peer that stops reading. */
@ExtendWith(LeakCheck.class)
class TlsFlowTest {
    private final Recorder client = new Recorder();
    private final Recorder server = new Recorder();

    private interface TestBody {
        void run(TestLoop on, TlsPair pair) throws Exception;
    }

    /** On an open connection; afterwards nothing is left of it. */
    private void over(Net net, TestBody body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
                body.run(on, pair);
                pair.end(on);
            });
        }
    }

    // ---- writing --------------------------------------------------------------------------------------------------

    @Test
    @Proves({"W14", "ssl_flow_control"})
    void theMarksAreAsynciosForTls() throws Exception {
        over(Net.MEMORY, (on, pair) -> {
            assertThat(pair.clientTransport().writeBufferLimits()).isEqualTo(new WaterMarks(512 * 1024, 128 * 1024));
            assertThat(pair.clientTransport().below().writeBufferLimits()).isEqualTo(WaterMarks.DEFAULT);
        });
    }

    @Test
    void marksThatWereChosenAreKept() throws Exception {
        WaterMarks chosen = new WaterMarks(1000, 10);
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                try (Server listener = TlsPair.serve(on, server, Certificates.server())) {
                    Transport transport = Tls.createConnection(
                                    on.loop,
                                    () -> client,
                                    "127.0.0.1",
                                    listener.port(),
                                    Certificates.client(),
                                    ConnectOptions.defaults().withWriteLimits(chosen))
                            .transport();
                    assertThat(transport.writeBufferLimits()).isEqualTo(chosen);
                    on.until("made", server.heard::isMade);
                    transport.abort();
                    server.transport().abort();
                    on.until("lost", () -> server.heard.isLost() && client.heard.isLost());
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    @Proves({"W14", "B1", "ssl_flow_control"})
    void aPeerThatStopsReadingPausesWritingAndLetsItGoOn(Net net) throws Exception {
        byte[] piece = Bytes.numbered(50_000);
        over(net, (on, pair) -> {
            TlsTransport transport = pair.clientTransport();
            pair.serverTransport().pauseReading();
            int written = 0;
            for (; !client.heard.isPaused(); written += piece.length) {
                assertThat(written).as("a pause in time").isLessThan(40_000_000);
                transport.write(piece);
                on.passes(1);
            }
            assertThat(transport.writeBufferSize()).isGreaterThan(TlsTransport.MARKS.highBytes());
            assertThat(transport.below().writeBufferSize())
                    .as("what nobody takes is not encrypted")
                    .isLessThan(200_000);
            pair.serverTransport().resumeReading();
            on.until("resumed", () -> !client.heard.isPaused());
            assertThat(transport.writeBufferSize()).isLessThanOrEqualTo(TlsTransport.MARKS.lowBytes());
            int all = written;
            on.until("all has come", () -> server.heard.count() == all);
        });
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1000, 0", "1, 1", "70000, 100"})
    void smallMarksWorkToo(int high, int low) throws Exception {
        over(Net.MEMORY, (on, pair) -> {
            TlsTransport transport = pair.clientTransport();
            transport.setWriteBufferLimits(new WaterMarks(high, low));
            pair.serverTransport().pauseReading();
            transport.write(new byte[4_000_000]);
            assertThat(client.heard.isPaused()).isTrue();
            pair.serverTransport().resumeReading();
            on.until("resumed", () -> !client.heard.isPaused());
            assertThat(transport.writeBufferSize()).isLessThanOrEqualTo(low);
            on.until("all has come", () -> server.heard.count() == 4_000_000);
        });
    }

    /** It was not, when the rest of a write lay below, above the low mark here and under the high one there. */
    @ParameterizedTest
    @CsvSource({"70000, 100", "65536, 16384", "131072, 32768"})
    void aPauseIsLiftedWhereverTheRestOfAWriteLies(int high, int low) throws Exception {
        over(Net.MEMORY, (on, pair) -> {
            TlsTransport transport = pair.clientTransport();
            transport.setWriteBufferLimits(new WaterMarks(high, low));
            int written = 0;
            for (int size = 150_000; size <= 500_000; size += 7_000) {
                pair.serverTransport().pauseReading();
                transport.write(new byte[size]);
                pair.serverTransport().resumeReading();
                written += size;
                int all = written;
                on.until("all has come", () -> server.heard.count() == all);
                on.until("resumed after " + size, () -> !client.heard.isPaused());
            }
            assertThat(client.heard.times("pause")).isPositive();
        });
    }

    @Test
    void changingTheMarksPausesAndResumesAtOnce() throws Exception {
        over(Net.MEMORY, (on, pair) -> {
            TlsTransport transport = pair.clientTransport();
            pair.serverTransport().pauseReading();
            while (transport.writeBufferSize() < 200_000) {
                transport.write(new byte[50_000]);
            }
            assertThat(client.heard.isPaused()).isFalse();
            transport.setWriteBufferLimits(WaterMarks.high(1000));
            assertThat(client.heard.isPaused()).isTrue();
            transport.setWriteBufferLimits(new WaterMarks(10_000_000, 10_000_000));
            assertThat(client.heard.isPaused()).isFalse();
        });
    }

    @Test
    void writingInsideResumeWritingKeepsTheOrder() throws Exception {
        byte[] first = Bytes.numbered(2_000_000);
        byte[] second = Bytes.numbered(300_000);
        over(Net.MEMORY, (on, pair) -> {
            client.atResume = () -> {
                client.atResume = () -> {};
                client.transport().write(second);
            };
            pair.clientTransport().write(first);
            on.until("all has come", () -> server.heard.count() == first.length + second.length);
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            expected.writeBytes(first);
            expected.writeBytes(second);
            assertThat(server.heard.bytes()).isEqualTo(expected.toByteArray());
        });
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    void piecesOfAllSizesKeepTheirOrder(Net net) throws Exception {
        byte[] sent = Bytes.numbered(net.amount() / 2);
        over(net, (on, pair) -> {
            int from = 0;
            for (int size = 1; from < sent.length; size = size * 3 % 40_009 + 1) {
                int to = Math.min(sent.length, from + size);
                if (size % 2 == 0) {
                    pair.clientTransport().write(Bytes.part(sent, from, to));
                } else {
                    int middle = (from + to) / 2;
                    pair.clientTransport()
                            .writeLines(List.of(
                                    Bytes.part(sent, from, middle),
                                    ByteBuffer.allocate(0),
                                    Bytes.direct(java.util.Arrays.copyOfRange(sent, middle, to))));
                }
                from = to;
            }
            on.until("all has come", () -> server.heard.count() == sent.length);
            assertThat(server.heard.bytes()).isEqualTo(sent);
        });
    }

    // ---- reading --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    @Proves(value = "W14")
    void pausedReadingStopsTheCiphertextToo(Net net) throws Exception {
        over(net, (on, pair) -> {
            client.atData = data -> client.transport().pauseReading();
            // or the system's buffers may grow until they hold all of it
            pair.serverTransport().setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1024);
            pair.serverTransport().write(new byte[5_000_000]);
            on.until("paused", () -> !pair.clientTransport().isReading());
            on.passes(50);
            assertThat(client.heard.times("data")).isEqualTo(1);
            assertThat(pair.clientTransport().readBufferSize())
                    .as("what one receive had brought")
                    .isLessThan(260 * 1024);
            assertThat(pair.serverTransport().writeBufferSize())
                    .as("the rest stayed at the peer")
                    .isPositive();
            client.atData = data -> {};
            pair.clientTransport().resumeReading();
            pair.clientTransport().resumeReading();
            assertThat(client.heard.times("data")).as("not from inside").isEqualTo(1);
            on.until("all has come", () -> client.heard.count() == 5_000_000);
            assertThat(pair.clientTransport().readBufferSize()).isZero();
        });
    }

    @Test
    void pausingAndResumingInEveryCallbackLosesNothing() throws Exception {
        byte[] sent = Bytes.numbered(1_000_000);
        over(Net.MEMORY, (on, pair) -> {
            client.atData = data -> {
                client.transport().pauseReading();
                on.loop.callSoon(client.transport()::resumeReading);
            };
            pair.serverTransport().write(sent);
            on.until("all has come", () -> client.heard.count() == sent.length);
            assertThat(client.heard.bytes()).isEqualTo(sent);
        });
    }

    // ---- buffered protocols
    // -------------------------------------------------------------------------------------------

    /** Receives into memory of one size, and pauses after every so many bytes. */
    private static final class Small implements BufferedProtocol {
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();
        private final ByteBuffer memory;
        private final boolean pausing;
        private Transport transport;
        private boolean eof;
        private boolean lost;

        Small(ByteBuffer memory, boolean pausing) {
            this.memory = memory;
            this.pausing = pausing;
        }

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            return memory.clear();
        }

        @Override
        public void bufferUpdated(int byteCount) {
            assertThat(memory.position()).isEqualTo(byteCount);
            byte[] copy = new byte[byteCount];
            memory.get(0, copy);
            received.writeBytes(copy);
            if (pausing) {
                transport.pauseReading();
                transport.loop().callSoon(transport::resumeReading);
            }
        }

        @Override
        public boolean eofReceived() {
            eof = true;
            return false;
        }

        @Override
        public void connectionLost(Throwable exception) {
            lost = true;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1_000, 16_384, 16_703, 20_000, 100_000})
    @Proves(value = "create_connection", ports = "test_ssl.test_start_tls_client_buf_proto_1")
    void aBufferedProtocolGetsItAllHoweverSmallItsMemory(int size) throws Exception {
        byte[] sent = Bytes.numbered(size == 1 ? 3_000 : 200_000);
        for (boolean pausing : new boolean[] {false, true}) {
            for (ByteBuffer memory : List.of(ByteBuffer.allocate(size), ByteBuffer.allocateDirect(size))) {
                Small small = new Small(memory, pausing);
                Recorder sender = new Recorder();
                try (TestLoop on = TestLoop.over(Net.MEMORY)) {
                    on.run(() -> {
                        sender.atMade = transport -> {
                            transport.write(sent);
                            transport.close();
                        };
                        try (Server listener = TlsPair.serve(on, sender, Certificates.server())) {
                            TlsPair.connect(on, small, listener.port(), Certificates.client());
                            on.until("lost", () -> small.lost && sender.heard.isLost());
                        }
                    });
                }
                assertThat(small.received.toByteArray()).isEqualTo(sent);
                assertThat(small.eof).isTrue();
            }
        }
    }

    /** Without a limit of its own the engine wants room for all that a header announces, before it waits for the rest. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void theHeaderOfALargeRecordDoesNotSpinTheLoop() throws Exception {
        Small small = new Small(ByteBuffer.allocate(1_000), false);
        TlsOptions options = Certificates.client().withParameters(parameters -> parameters.setMaximumPacketSize(0));
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                try (Server listener = TlsPair.serve(on, server, Certificates.server())) {
                    TlsPair.connect(on, small, listener.port(), options);
                    on.until("made", server.heard::isMade);
                }
                Transport below = ((TlsTransport) server.transport()).below();
                below.write(new byte[] {23, 3, 3, 0x75, 0x30}); // application data, 30,000 bytes
                on.passes(10);
                assertThat(small.lost).as("there may be more to come").isFalse();
                below.write(new byte[30_000]);
                on.until("lost", () -> small.lost && server.heard.isLost());
            });
        }
    }

    @Test
    @Proves(ports = "test_sslproto.test_set_new_app_protocol")
    void aProtocolMayHandOverToAnotherInTheMiddle() throws Exception {
        over(Net.MEMORY, (on, pair) -> {
            Small next = new Small(ByteBuffer.allocate(64 * 1024), false);
            client.atData = data -> {
                client.transport().setProtocol(next);
                next.connectionMade(client.transport());
            };
            pair.serverTransport().write("one".getBytes());
            on.until("the first", () -> client.heard.count() == 3);
            assertThat(pair.clientTransport().protocol()).isSameAs(next);
            pair.serverTransport().write("two".getBytes());
            on.until("the second", () -> next.received.size() == 3);
            pair.clientTransport().setProtocol(client);
        });
    }
}
