package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Bytes;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLProtocolException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: TLS without a network does what its tables say. Method: two engines back to back, every state times every call. */
class TlsEngineTest {
    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    /** An engine of TLS 1.3 brought into a state, with its peer. */
    private static EnginePair in(TlsState state) throws Exception {
        if (state == TlsState.HANDSHAKING) {
            return new EnginePair("TLSv1.3");
        }
        EnginePair pair = EnginePair.open("TLSv1.3");
        switch (state) {
            case INPUT_ENDED -> endServersOutput(pair);
            case OUTPUT_ENDED -> pair.client.closeOutput();
            case ENDED -> {
                endServersOutput(pair);
                pair.client.closeOutput();
            }
            case FAILED ->
                assertThatThrownBy(() -> pair.client.unwrap(garbage(), pair.atClient))
                        .isInstanceOf(SSLException.class);
            default -> {}
        }
        assertThat(pair.client.state()).isEqualTo(state);
        return pair;
    }

    private static void endServersOutput(EnginePair pair) throws Exception {
        pair.server.closeOutput();
        pair.settle();
    }

    private static ByteBuffer garbage() {
        return ByteBuffer.wrap("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    /** What a call does: the step or the exception that it ends with, and the state that it leaves. */
    private interface Call {
        TlsStep on(EnginePair pair) throws Exception;
    }

    private static String outcome(TlsState state, Call call) throws Exception {
        EnginePair pair = in(state);
        String step;
        try {
            step = String.valueOf(call.on(pair));
        } catch (SSLException | IllegalStateException refused) {
            step = refused.getClass().getSimpleName();
        }
        return step + " " + pair.client.state();
    }

    private static Map<TlsState, String> row(Call call) throws Exception {
        Map<TlsState, String> row = new EnumMap<>(TlsState.class);
        for (TlsState state : TlsState.values()) {
            row.put(state, outcome(state, call));
        }
        return row;
    }

    private static Map<TlsState, String> expected(String... inOrder) {
        Map<TlsState, String> row = new EnumMap<>(TlsState.class);
        for (TlsState state : TlsState.values()) {
            row.put(state, inOrder[state.ordinal()]);
        }
        return row;
    }

    @Test
    void wrappingDataIsForOpenOutputsOnly() throws Exception {
        assertThat(row(pair -> EnginePair.send(pair.client, ByteBuffer.wrap(HELLO), pair.toServer)))
                .isEqualTo(expected(
                        "IllegalStateException HANDSHAKING",
                        "DONE OPEN",
                        "DONE INPUT_ENDED",
                        "IllegalStateException OUTPUT_ENDED",
                        "IllegalStateException ENDED",
                        "IllegalStateException FAILED"));
    }

    @Test
    void wrappingNothingSendsTheEnginesOwnInEveryState() throws Exception {
        assertThat(row(pair -> EnginePair.send(pair.client, TlsEngine.NOTHING, pair.toServer)))
                .isEqualTo(expected(
                        "STARVED HANDSHAKING",
                        "DONE OPEN",
                        "DONE INPUT_ENDED",
                        "DONE OUTPUT_ENDED",
                        "DONE ENDED",
                        "DONE FAILED"));
    }

    @Test
    void unwrappingIsForOpenInputsOnly() throws Exception {
        assertThat(row(pair -> {
                    if (pair.server.state().canWrapData()) {
                        EnginePair.send(pair.server, ByteBuffer.wrap(HELLO), pair.toClient);
                    }
                    return pair.client.unwrap(pair.toClient, pair.atClient);
                }))
                .isEqualTo(expected(
                        "OUTPUT HANDSHAKING",
                        "STARVED OPEN",
                        "IllegalStateException INPUT_ENDED",
                        "OUTPUT OUTPUT_ENDED",
                        "IllegalStateException ENDED",
                        "IllegalStateException FAILED"));
    }

    @Test
    void garbageFailsEveryOpenInput() throws Exception {
        assertThat(row(pair -> {
                    EnginePair.send(pair.client, TlsEngine.NOTHING, pair.toServer);
                    return pair.client.unwrap(garbage(), pair.atClient);
                }))
                .isEqualTo(expected(
                        "SSLException FAILED",
                        "SSLProtocolException FAILED",
                        "IllegalStateException INPUT_ENDED",
                        "SSLProtocolException FAILED",
                        "IllegalStateException ENDED",
                        "IllegalStateException FAILED"));
    }

    @Test
    void endingTheOutputIsForOpenOutputsOnly() throws Exception {
        assertThat(row(pair -> {
                    pair.client.closeOutput();
                    return EnginePair.send(pair.client, TlsEngine.NOTHING, pair.toServer);
                }))
                .isEqualTo(expected(
                        "IllegalStateException HANDSHAKING",
                        "DONE OUTPUT_ENDED",
                        "DONE ENDED",
                        "IllegalStateException OUTPUT_ENDED",
                        "IllegalStateException ENDED",
                        "IllegalStateException FAILED"));
    }

    @Test
    void thePeersCloseNotifyEndsTheInput() throws Exception {
        assertThat(row(pair -> {
                    if (!pair.server.state().canWrapData()) {
                        return null;
                    }
                    pair.server.closeOutput();
                    EnginePair.send(pair.server, TlsEngine.NOTHING, pair.toClient);
                    return pair.client.unwrap(pair.toClient, pair.atClient);
                }))
                .isEqualTo(expected(
                        "null HANDSHAKING",
                        "ENDED INPUT_ENDED",
                        "null INPUT_ENDED",
                        "ENDED ENDED",
                        "null ENDED",
                        "IllegalStateException FAILED"));
    }

    @ParameterizedTest
    @EnumSource(TlsState.class)
    void theSessionIsKnownFromTheHandshakesEndOn(TlsState state) throws Exception {
        EnginePair pair = in(state);
        if (state == TlsState.HANDSHAKING) {
            assertThatThrownBy(pair.client::session).isInstanceOf(IllegalStateException.class);
            assertThat(pair.client.canHalfClose()).isFalse();
        } else {
            assertThat(pair.client.session().getProtocol()).isEqualTo("TLSv1.3");
            assertThat(pair.client.canHalfClose()).isTrue();
        }
    }

    @Test
    void theTableOfStatesHasNoWayOutOfAnEnd() {
        assertThat(TlsState.values()).filteredOn(TlsState.ENDED::allows).isEmpty();
        assertThat(TlsState.values()).filteredOn(TlsState.FAILED::allows).isEmpty();
        assertThatThrownBy(() -> TlsState.ENDED.to(TlsState.OPEN)).isInstanceOf(IllegalStateException.class);
        assertThat(TlsLife.values()).filteredOn(TlsLife.OVER::allows).isEmpty();
        assertThatThrownBy(() -> TlsLife.OVER.to(TlsLife.OPEN)).isInstanceOf(IllegalStateException.class);
        for (TlsLife life : TlsLife.values()) {
            assertThat(life.allows(TlsLife.OVER)).as("%s may be lost", life).isEqualTo(life != TlsLife.OVER);
        }
    }

    // ---- bytes ----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void manyRecordsGoThroughInOneCallEachWay(String version) throws Exception {
        EnginePair pair = EnginePair.open(version);
        byte[] sent = Bytes.numbered(60_000);
        assertThat(EnginePair.send(pair.client, ByteBuffer.wrap(sent), pair.toServer))
                .isEqualTo(TlsStep.DONE);
        assertThat(pair.server.unwrap(pair.toServer, pair.atServer)).isEqualTo(TlsStep.STARVED);
        assertThat(pair.atServer.flip()).isEqualTo(ByteBuffer.wrap(sent));
    }

    @Test
    void aPieceOfARecordIsLeftWhereItIs() throws Exception {
        EnginePair pair = EnginePair.open("TLSv1.3");
        EnginePair.send(pair.client, ByteBuffer.wrap(HELLO), pair.toServer);
        int whole = pair.toServer.remaining();
        pair.toServer.limit(pair.toServer.limit() - 1);
        assertThat(pair.server.unwrap(pair.toServer, pair.atServer)).isEqualTo(TlsStep.STARVED);
        assertThat(pair.toServer.remaining()).isEqualTo(whole - 1);
        pair.toServer.limit(pair.toServer.limit() + 1);
        pair.server.unwrap(pair.toServer, pair.atServer);
        assertThat(pair.atServer.flip()).isEqualTo(ByteBuffer.wrap(HELLO));
    }

    @Test
    void aTargetWithoutRoomGetsNothing() throws Exception {
        EnginePair pair = EnginePair.open("TLSv1.3");
        EnginePair.send(pair.client, ByteBuffer.wrap(HELLO), pair.toServer);
        assertThat(pair.server.unwrap(pair.toServer, ByteBuffer.allocate(2))).isEqualTo(TlsStep.FULL);
        assertThat(pair.client.wrap(ByteBuffer.wrap(HELLO), ByteBuffer.allocate(100)))
                .isEqualTo(TlsStep.FULL);
    }

    @Test
    void whatCameBeforeABrokenRecordIsThere() throws Exception {
        EnginePair pair = EnginePair.open("TLSv1.3");
        EnginePair.send(pair.client, ByteBuffer.wrap(HELLO), pair.toServer);
        int second = pair.toServer.limit();
        EnginePair.send(pair.client, ByteBuffer.wrap(HELLO), pair.toServer);
        pair.toServer.put(second + 10, (byte) (pair.toServer.get(second + 10) ^ 1));
        assertThatThrownBy(() -> pair.server.unwrap(pair.toServer, pair.atServer))
                .isInstanceOf(SSLException.class);
        assertThat(pair.atServer.flip()).isEqualTo(ByteBuffer.wrap(HELLO));
        assertThat(EnginePair.send(pair.server, TlsEngine.NOTHING, pair.toClient))
                .isEqualTo(TlsStep.DONE);
        assertThat(pair.toClient.hasRemaining()).as("an alert for the peer").isTrue();
        assertThatThrownBy(() -> pair.client.unwrap(pair.toClient, pair.atClient))
                .isInstanceOf(SSLException.class)
                .hasMessageContaining("bad_record_mac");
    }

    /** What came with a close_notify is handed over before the engine hears of that, while an answer can still be sent. */
    @Test
    void beforeTls13TheCloseNotifyWaitsUntilWhatCameWithItIsDelivered() throws Exception {
        EnginePair pair = EnginePair.open("TLSv1.2");
        EnginePair.send(pair.client, ByteBuffer.wrap(HELLO), pair.toServer);
        pair.client.closeOutput();
        EnginePair.send(pair.client, TlsEngine.NOTHING, pair.toServer);
        assertThat(pair.server.unwrap(pair.toServer, pair.atServer)).isEqualTo(TlsStep.FULL);
        assertThat(pair.atServer.position()).isEqualTo(HELLO.length);
        assertThat(pair.server.state()).isEqualTo(TlsState.OPEN);
        assertThat(pair.server.unwrap(pair.toServer, pair.atServer)).isEqualTo(TlsStep.ENDED);
        assertThat(pair.server.state()).as("both directions").isEqualTo(TlsState.ENDED);
    }

    @Test
    void renegotiationIsRefused() throws Exception {
        for (boolean byClient : new boolean[] {true, false}) {
            EnginePair pair = EnginePair.open("TLSv1.2");
            (byClient ? pair.client : pair.server).start().call(); // begins another handshake
            assertThatThrownBy(pair::settle)
                    .isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("renegotiation");
            assertThat((byClient ? pair.server : pair.client).state()).isEqualTo(TlsState.FAILED);
        }
    }

    @Test
    void keysAreRenewedInBetweenAndNobodyNotices() throws Exception {
        EnginePair pair = EnginePair.open("TLSv1.3");
        pair.client.start().call(); // after the handshake: a KeyUpdate that asks for one in return
        EnginePair.send(pair.client, ByteBuffer.wrap(HELLO), pair.toServer);
        pair.settle();
        assertThat(pair.atServer.flip()).isEqualTo(ByteBuffer.wrap(HELLO));
        EnginePair.send(pair.server, ByteBuffer.wrap(HELLO), pair.toClient);
        pair.settle();
        assertThat(pair.atClient.flip()).isEqualTo(ByteBuffer.wrap(HELLO));
    }

    @Test
    void keysThatAreRenewedOverAndOverWithoutDataEndTheConnection() throws Exception {
        EnginePair pair = EnginePair.open("TLSv1.3");
        for (int i = 0; i < 32; i++) {
            renewKeys(pair);
            assertThat(pair.server.unwrap(pair.toServer, pair.atServer)).isEqualTo(TlsStep.OUTPUT);
            EnginePair.send(pair.server, TlsEngine.NOTHING, pair.toClient);
        }
        renewKeys(pair);
        assertThatThrownBy(() -> pair.server.unwrap(pair.toServer, pair.atServer))
                .isInstanceOf(SSLProtocolException.class)
                .hasMessageContaining("33 key updates");
        assertThat(pair.server.state()).isEqualTo(TlsState.FAILED);
    }

    private static void renewKeys(EnginePair pair) throws Exception {
        pair.client.start().call();
        EnginePair.send(pair.client, TlsEngine.NOTHING, pair.toServer);
    }

    /** An upload without end: the server has nothing to say, but new keys for each of ours. */
    @Test
    void keysMayBeRenewedAsOftenAsOneLikesWithDataInBetween() throws Exception {
        EnginePair pair = EnginePair.open("TLSv1.3");
        for (int i = 0; i < 100; i++) {
            renewKeys(pair);
            EnginePair.send(pair.client, ByteBuffer.wrap(HELLO), pair.toServer);
            pair.settle();
        }
        assertThat(pair.atServer.position()).isEqualTo(100 * HELLO.length);
        assertThat(pair.atClient.position()).isZero();
    }
}
