package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Connection;
import dev.matryoshka.transport.Layer;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Goal: each end of a TLS connection is what it says: nothing written is lost by a close, nothing cut off is taken for an end,
 * and nothing waits for ever. Method: a recorder at each end; the socket under a TLS end where a peer misbehaves.
 */
@ExtendWith(LeakCheck.class)
class TlsCloseTest {
    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    private final Recorder client = new Recorder();
    private final Recorder server = new Recorder();

    private interface TestBody {
        void run(TestLoop on) throws Exception;
    }

    private static void over(Net net, TestBody body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> body.run(on));
        }
    }

    static Stream<Arguments> netsAndVersions() {
        return Stream.of(Net.values())
                .flatMap(net -> Stream.of(TlsPair.VERSIONS).map(version -> Arguments.of(net, version)));
    }

    // ---- regular ends ---------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("netsAndVersions")
    @Proves(
            value = {"I-14", "ssl_close"},
            ports = {"test_ssl.test_flush_before_shutdown", "test_ssl.test_shutdown_cleanly"})
    void whatWasWrittenBeforeCloseArrives(Net net, String version) throws Exception {
        byte[] sent = Bytes.numbered(net.amount());
        over(net, on -> {
            TlsPair pair = TlsPair.open(on, client, server, version);
            pair.serverTransport().write(sent);
            pair.serverTransport().close();
            pair.serverTransport().close();
            assertThat(pair.serverTransport().isClosing()).isTrue();
            pair.awaitLost(on);
            assertThat(client.heard.bytes()).isEqualTo(sent);
            assertThat(client.heard.isEof()).isTrue();
            assertThat(client.heard.reason()).isNull();
            assertThat(server.heard.reason()).isNull();
            assertThat(pair.serverTransport().droppedBytes()).isZero();
            assertThat(server.heard.summary()).doesNotContain("eof");
        });
    }

    @Test
    void closeInAnyCallbackEndsOnceAndOnlyOnce() throws Exception {
        over(Net.MEMORY, on -> {
            Recorder here = new Recorder();
            here.atMade = Transport::close;
            Recorder there = new Recorder();
            there.atEof = () -> there.transport().close();
            there.atLost = reason -> there.transport().close();
            TlsPair.open(on, here, there, "TLSv1.3").awaitLost(on);
            assertThat(here.heard.summary()).isEqualTo("made lost");
            assertThat(there.heard.summary()).isEqualTo("made eof lost");
        });
    }

    @Test
    @Proves(ports = {"test_sslproto.test_write_after_closing", "test_sslproto.test_data_received_after_closing"})
    void afterCloseWritesAreDroppedAndCountedAndNothingIsReceived() throws Exception {
        over(Net.MEMORY, on -> {
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
            client.atData = data -> client.transport().close();
            pair.serverTransport().write(HELLO);
            on.until("closing", pair.clientTransport()::isClosing);
            pair.serverTransport().write(HELLO);
            pair.clientTransport().write(HELLO);
            assertThat(pair.clientTransport().droppedBytes()).isEqualTo(HELLO.length);
            pair.awaitLost(on);
            assertThat(client.heard.text()).isEqualTo("hello");
        });
    }

    @Test
    @Proves(
            value = "I-14",
            ports = {"test_ssl.test_shutdown_timeout_handler_leak"})
    void aPeerThatNeverSaysGoodbyeIsWaitedForOnlySoLongAndIsNoFailure() throws Exception {
        over(Net.MEMORY, on -> {
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
            pair.serverTransport().pauseReading();
            assertThat(closingTakes(on, pair)).isEqualTo(Duration.ofSeconds(30));
            assertThat(client.heard.reason()).as("all of ours was sent").isNull();
            pair.end(on);
        });
    }

    private Duration closingTakes(TestLoop on, TlsPair pair) throws Exception {
        CompletableFuture<Long> lost = new CompletableFuture<>();
        client.atLost = reason -> lost.complete(on.loop.time());
        long began = on.loop.time();
        pair.clientTransport().close();
        return Duration.ofNanos(lost.get() - began);
    }

    @Proves("ssl_shutdown_timeout")
    @Test
    void aPeerThatTakesNothingMakesTheShutdownFail() throws Exception {
        over(Net.MEMORY, on -> {
            TlsOptions clients = Certificates.client().withShutdownTimeout(Duration.ofSeconds(5));
            TlsPair pair = TlsPair.open(on, client, server, clients, Certificates.server());
            pair.serverTransport().pauseReading();
            pair.clientTransport().write(new byte[4_000_000]);
            assertThat(closingTakes(on, pair)).isEqualTo(Duration.ofSeconds(5));
            assertThat(client.heard.reason())
                    .isInstanceOf(SSLException.class)
                    .hasMessageContaining("shutdown is taking longer than 5.0 s");
            assertThat(pair.clientTransport().droppedBytes()).isPositive();
            pair.end(on);
        });
    }

    // ---- half-close -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Net.class)
    @Proves({"W4", "I-12"})
    void inTls13OneDirectionCanEndAlone(Net net) throws Exception {
        byte[] answer = Bytes.numbered(net.amount() / 4);
        over(net, on -> {
            server.keepOpen = true;
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
            assertThat(pair.clientTransport().canWriteEof()).isTrue();
            pair.clientTransport().write(HELLO);
            pair.clientTransport().writeEof();
            pair.clientTransport().writeEof();
            assertThatThrownBy(() -> pair.clientTransport().write(HELLO)).isInstanceOf(IllegalStateException.class);
            on.until("the server has read all", server.heard::isEof);
            assertThat(pair.serverTransport().isClosing()).isFalse();
            pair.serverTransport().write(answer);
            on.until("the answer", () -> client.heard.count() == answer.length);
            assertThat(client.heard.bytes()).isEqualTo(answer);
            pair.serverTransport().close();
            pair.awaitLost(on);
            assertThat(server.heard.reason()).isNull();
            assertThat(client.heard.reason()).isNull();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void anyThreadMayAskWhetherOneDirectionCanEnd(String version) throws Exception {
        over(Net.MEMORY, on -> {
            TlsPair pair = TlsPair.open(on, client, server, version);
            assertThat(on.loop.toThread(pair.clientTransport()::canWriteEof)).isEqualTo(version.equals("TLSv1.3"));
            pair.end(on);
        });
    }

    @Test
    @Proves("W4")
    void beforeTls13OneDirectionCannot() throws Exception {
        over(Net.MEMORY, on -> {
            server.keepOpen = true;
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.2");
            assertThat(pair.clientTransport().canWriteEof()).isFalse();
            assertThatThrownBy(() -> pair.clientTransport().writeEof())
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("TLS 1.3");
            pair.clientTransport().close();
            pair.awaitLost(on);
            assertThat(server.heard.summary())
                    .as("its wish to stay open is not heard")
                    .isEqualTo("made eof lost");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    @Proves(ports = "test_ssl.test_remote_shutdown_receives_trailing_data")
    void anAnswerToARequestWithAGoodbyeBehindItIsStillSent(String version) throws Exception {
        over(Net.MEMORY, on -> {
            server.atData = data -> server.transport().write("an answer".getBytes());
            TlsPair pair = TlsPair.open(on, client, server, version);
            CompletableFuture<String> heard = new CompletableFuture<>();
            client.atData = data -> heard.complete("heard");
            if (version.equals("TLSv1.3")) {
                pair.clientTransport().write(HELLO);
                pair.clientTransport().writeEof();
                on.until("the answer", heard::isDone);
                assertThat(client.heard.text()).isEqualTo("an answer");
            } else {
                pair.clientTransport().write(HELLO);
                pair.clientTransport().close();
            }
            pair.awaitLost(on);
            assertThat(server.heard.text()).isEqualTo("hello");
            assertThat(pair.serverTransport().droppedBytes()).isZero();
        });
    }

    // ---- ends that are none ---------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("netsAndVersions")
    @Proves({"W4", "I-13", "W3"})
    void aConnectionThatIsCutOffIsToldFromOneThatEnds(Net net, String version) throws Exception {
        over(net, on -> {
            TlsPair pair = TlsPair.open(on, client, server, version);
            pair.serverTransport().write(HELLO);
            on.until("it has left", () -> pair.serverTransport().writeBufferSize() == 0);
            pair.serverTransport().below().close(); // a FIN, and no close_notify before it
            pair.awaitLost(on);
            assertThat(client.heard.text()).as("what came before").isEqualTo("hello");
            assertThat(client.heard.isEof()).isFalse();
            assertThat(client.heard.reason()).isInstanceOf(TlsTruncatedException.class);
        });
    }

    @Test
    void whoAllowsItTakesACutForAnEnd() throws Exception {
        over(Net.MEMORY, on -> {
            TlsOptions clients = Certificates.client().withTruncationAllowed(true);
            TlsPair pair = TlsPair.open(on, client, server, clients, Certificates.server());
            pair.serverTransport().write(HELLO);
            on.until("it has left", () -> pair.serverTransport().writeBufferSize() == 0);
            pair.serverTransport().below().close();
            pair.awaitLost(on);
            assertThat(client.heard.summary()).isEqualTo("made data eof lost");
            assertThat(client.heard.reason()).isNull();
        });
    }

    @Test
    void whatWasWrittenIsStillSentToAPeerThatCutOnlyItsOwnDirection() throws Exception {
        byte[] backlog = Bytes.numbered(4 << 20);
        over(Net.MEMORY, on -> {
            server.keepOpen = true; // or it would answer the goodbye, on what it has cut
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
            pair.clientTransport().write(backlog);
            pair.serverTransport().below().writeEof();
            on.until("the client has ended", client.heard::isLost);
            on.until("the server has read all", server.heard::isEof);
            assertThat(client.heard.reason()).isInstanceOf(TlsTruncatedException.class);
            pair.end(on);
            assertThat(server.heard.bytes()).isEqualTo(backlog);
            assertThat(server.heard.isEof()).isTrue();
        });
    }

    @Test
    @Proves(ports = "test_ssl.test_connect_timeout_warning")
    void whatAPauseHeldBackIsDeliveredBeforeTheCutIsTold() throws Exception {
        over(Net.MEMORY, on -> {
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
            pair.clientTransport().pauseReading();
            pair.serverTransport().write(new byte[50_000]);
            on.until("it has left", () -> pair.serverTransport().writeBufferSize() == 0);
            pair.serverTransport().below().close();
            on.passes(10);
            assertThat(client.heard.summary()).isEqualTo("made");
            pair.clientTransport().resumeReading();
            pair.awaitLost(on);
            assertThat(client.heard.count()).isEqualTo(50_000);
            assertThat(client.heard.reason()).isInstanceOf(TlsTruncatedException.class);
        });
    }

    // ---- abort and reset ------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Net.class)
    @Proves(ports = {"test_sslproto.test_close_during_handshake"})
    void abortDropsAndTellsNothingBroken(Net net) throws Exception {
        over(net, on -> {
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
            pair.serverTransport().pauseReading();
            pair.clientTransport().write(new byte[net.amount()]);
            pair.clientTransport().abort();
            assertThat(client.heard.isLost()).as("never from inside").isFalse();
            on.until("lost", client.heard::isLost);
            assertThat(client.heard.reason()).isNull();
            pair.serverTransport().resumeReading();
            on.until("noticed", server.heard::isLost);
            assertThat(server.heard.reason()).as("no goodbye").isNotNull();
        });
    }

    private enum Moment {
        IDLE,
        WRITING,
        READING_PAUSED,
        CLOSING
    }

    static Stream<Arguments> momentsOfAReset() {
        return Net.fair().flatMap(net -> Stream.of(Moment.values()).map(moment -> Arguments.of(net, moment)));
    }

    @ParameterizedTest
    @MethodSource("momentsOfAReset")
    void aResetEndsTheConnectionAtAnyMoment(Net net, Moment moment) throws Exception {
        over(net, on -> {
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
            TlsTransport transport = pair.clientTransport();
            pair.serverTransport().pauseReading();
            switch (moment) {
                case WRITING -> transport.write(new byte[6_000_000]);
                case READING_PAUSED -> transport.pauseReading();
                case CLOSING -> {
                    transport.write(new byte[6_000_000]);
                    transport.close();
                }
                default -> {}
            }
            on.passes(5);
            pair.serverTransport().setOption(StandardSocketOptions.SO_LINGER, 0);
            pair.serverTransport().abort();
            if (moment == Moment.READING_PAUSED) {
                on.passes(5);
                transport.resumeReading();
            }
            pair.awaitLost(on);
            assertThat(client.heard.reason()).isInstanceOf(IOException.class);
            assertThat(transport.writeBufferSize()).isZero();
        });
    }

    @Test
    @Proves("B16")
    void isClosingKnowsThatTheTransportBelowIsLost() throws Exception {
        over(Net.MEMORY, on -> {
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
            pair.clientTransport().below().abort();
            assertThat(pair.clientTransport().isClosing()).isTrue();
            pair.clientTransport().write(HELLO);
            assertThat(pair.clientTransport().droppedBytes()).isEqualTo(HELLO.length);
            pair.awaitLost(on);
        });
    }

    // ---- broken records -------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("netsAndVersions")
    @Proves(
            value = "W3",
            ports = {"test_ssl.test_start_tls_client_corrupted_ssl"})
    void aCorruptRecordEndsTheConnectionAfterWhatWasGood(Net net, String version) throws Exception {
        over(net, on -> {
            TlsPair pair = TlsPair.open(on, client, server, version);
            pair.serverTransport().write(HELLO);
            on.until("it has left", () -> pair.serverTransport().writeBufferSize() == 0);
            byte[] forged = {
                23, 3, 3, 0, 40, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
                25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40
            };
            pair.serverTransport().below().write(forged);
            pair.awaitLost(on);
            assertThat(client.heard.text()).isEqualTo("hello");
            assertThat(client.heard.isEof()).isFalse();
            assertThat(client.heard.reason()).isInstanceOf(SSLException.class);
            assertThat(server.heard.reason())
                    .as("it was told by an alert")
                    .isInstanceOf(SSLException.class)
                    .hasMessageContaining("bad_record_mac");
        });
    }

    @Test
    void aProtocolThatFailsEndsItsConnectionAndIsReported() throws Exception {
        over(Net.MEMORY, on -> {
            client.atData = data -> {
                throw new IllegalArgumentException("not what was expected");
            };
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
            pair.serverTransport().write(HELLO);
            pair.awaitLost(on);
            assertThat(client.heard.reason()).hasMessage("not what was expected");
            assertThat(server.heard.reason()).isInstanceOf(TlsTruncatedException.class);
            assertThat(on.reported())
                    .singleElement()
                    .satisfies(context -> assertThat(context.message()).contains("dataReceived() call failed"));
        });
    }

    // ---- servers --------------------------------------------------------------------------------------------------

    @Test
    void closeClientsSaysGoodbye() throws Exception {
        over(Net.MEMORY, on -> {
            Server listener = TlsPair.serve(on, server, Certificates.server());
            Connection<Recorder> made = TlsPair.connect(on, client, listener.port(), Certificates.client());
            on.until("made", server.heard::isMade);
            server.transport().write(HELLO);
            listener.close();
            listener.closeClients();
            listener.waitClosed();
            on.until("lost", client.heard::isLost);
            assertThat(client.heard.summary()).isEqualTo("made data eof lost");
            assertThat(client.heard.reason()).isNull();
            assertThat(Layer.outermost(((TlsTransport) made.transport()).below()))
                    .isSameAs(made.transport());
        });
    }

    @Test
    void aLoopThatEndsTellsEveryConnection() throws Exception {
        try (TestLoop on = TestLoop.leaving(Net.MEMORY.provider())) {
            on.run(() -> TlsPair.open(on, client, server, "TLSv1.3"));
        }
        assertThat(client.heard.summary()).isEqualTo("made lost");
        assertThat(server.heard.summary()).isEqualTo("made lost");
    }

    @Test
    void aHandshakeUnderWayFailsWhenTheLoopEnds() throws Exception {
        CompletableFuture<?>[] connecting = new CompletableFuture<?>[1];
        try (TestLoop on = TestLoop.leaving(Net.MEMORY.provider())) {
            on.run(() -> {
                Server listener = on.loop.createServer(Recorder::new, "127.0.0.1", 0);
                connecting[0] = on.loop.createConnectionAsync(
                        () -> client, "127.0.0.1", listener.port(), Certificates.client());
                Task.sleep(Duration.ofSeconds(1));
            });
        }
        assertThat(connecting[0]).isCompletedExceptionally();
        assertThatThrownBy(connecting[0]::get).hasCauseInstanceOf(ClosedChannelException.class);
        assertThat(client.heard.events).isEmpty();
    }

    @Test
    void bytesOfACallersBufferAreTakenWhateverBecomesOfThem() throws Exception {
        over(Net.MEMORY, on -> {
            TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
            for (int size : new int[] {1, 10_000, 2_000_000}) {
                ByteBuffer data = ByteBuffer.allocate(size);
                pair.clientTransport().write(data);
                assertThat(data.hasRemaining()).isFalse();
            }
            pair.clientTransport().abort();
            ByteBuffer late = ByteBuffer.allocate(10_000);
            pair.clientTransport().write(late);
            assertThat(late.hasRemaining()).isFalse();
            pair.awaitLost(on);
        });
    }
}
