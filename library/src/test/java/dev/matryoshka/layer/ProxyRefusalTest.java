package dev.matryoshka.layer;

import static dev.matryoshka.layer.ProxyRig.ELSEWHERE;
import static dev.matryoshka.layer.ProxyRig.LOOPBACK;
import static dev.matryoshka.layer.ProxyRig.untilOver;
import static dev.matryoshka.layer.ProxyRig.with;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.layer.ProxyHeader.Version;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Server;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: who may not send a header, or sends something else, ends in one line of the log and nowhere else. Method: a peer
 * without a transport sends garbage; a handler of java.util.logging, which is what System.Logger writes to here.
 */
@ExtendWith(LeakCheck.class)
class ProxyRefusalTest {
    /** Strong, or the logger and its handler would be collected. */
    private final Logger logger = Logger.getLogger("dev.matryoshka.layer");

    private final List<String> logged = new ArrayList<>();

    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord line) {
            logged.add(new java.util.logging.SimpleFormatter().formatMessage(line));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
    }

    @AfterEach
    void stopListening() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
    }

    private void assertRefused(Peer peer, Recorder user, String why) throws Exception {
        assertThat(user.heard.events).isEmpty();
        assertThat(logged)
                .singleElement()
                .asString()
                .contains("from /127.0.0.1:")
                .contains(why);
        peer.read();
        assertThat(peer.count()).isZero();
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    void garbageEndsTheConnectionAndIsToldInOneLine(Net net) throws Exception {
        Recorder user = new Recorder();
        with(net, () -> user, LOOPBACK, (on, peer) -> {
            peer.send("G");
            untilOver(on, peer);
            assertRefused(peer, user, "refused: not a PROXY header: 47 (G)");
        });
    }

    @Test
    void aWrongChecksumEndsTheConnection() throws Exception {
        ProxyHeader sent =
                ProxyHeader.of(ProxyHeaderTest.address("192.0.2.1", 1), ProxyHeaderTest.address("192.0.2.2", 2));
        byte[] header = ProxyHeaderTest.bytes(sent.withChecksum().encode(Version.V2));
        header[header.length - 1] ^= 1;
        Recorder user = new Recorder();
        with(Net.MEMORY, () -> user, LOOPBACK.withRequired(false), (on, peer) -> {
            peer.send(new String(header, ISO_8859_1) + "data");
            untilOver(on, peer);
            assertRefused(peer, user, "wrong checksum");
        });
    }

    @Test
    void aHeaderThatDoesNotComeInTimeEndsTheConnection() throws Exception {
        Recorder user = new Recorder();
        with(Net.MEMORY, () -> user, LOOPBACK.withTimeout(Duration.ofMillis(3500)), (on, peer) -> {
            peer.send("PROXY TCP4 1.2.");
            untilOver(on, peer);
            assertRefused(peer, user, "no whole PROXY header within 3500 ms");
        });
    }

    @Test
    void anEndInTheMiddleOfAHeaderIsToldAndOneBeforeItsFirstByteIsNoNews() throws Exception {
        Recorder user = new Recorder();
        with(Net.MEMORY, () -> user, LOOPBACK, (on, peer) -> {
            peer.shutdownOutput();
            untilOver(on, peer);
        });
        assertThat(logged).isEmpty();
        with(Net.MEMORY, () -> user, LOOPBACK, (on, peer) -> {
            peer.send("PROXY TC");
            peer.shutdownOutput();
            untilOver(on, peer);
            assertRefused(peer, user, "ended after 8 bytes of a PROXY header");
        });
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    void anUntrustedPeerIsRefusedAtOnce(Net net) throws Exception {
        Recorder user = new Recorder();
        with(net, () -> user, ELSEWHERE, (on, peer) -> {
            untilOver(on, peer);
            assertRefused(peer, user, "not a trusted proxy");
        });
    }

    // ---- a server that ends its clients ---------------------------------------------------------------------------

    /** How. */
    enum Ending {
        CLOSE,
        ABORT,
        DRAIN;

        void end(Server server) throws InterruptedException {
            switch (this) {
                case CLOSE -> server.closeClients();
                case ABORT -> server.abortClients();
                case DRAIN -> server.drain(Duration.ZERO, Duration.ZERO);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aServerThatEndsItsClientsEndsOneThatWaitsForItsHeader(Ending ending) throws Exception {
        Recorder user = new Recorder();
        endOneThatWaits(ProxyProtocol.accept(() -> user, LOOPBACK), ending);
        assertThat(user.heard.events).isEmpty();
        assertThat(logged).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void soItDoesAboveATap(Ending ending, @TempDir Path directory) throws Exception {
        Recorder user = new Recorder();
        try (Capture capture = Capture.open(directory.resolve("capture"))) {
            endOneThatWaits(capture.around(ProxyProtocol.accept(() -> user, LOOPBACK)), ending);
        }
        assertThat(user.heard.events).isEmpty();
    }

    private static void endOneThatWaits(Supplier<BaseProtocol> layers, Ending ending) throws Exception {
        ProxyRig.serving(Net.MEMORY, layers, (on, peer, server) -> {
            peer.send("PROXY");
            on.passes(5);
            assertThat(server.clientCount()).isEqualTo(1);
            ending.end(server);
            untilOver(on, peer);
            on.until("the server has forgotten it", () -> server.clientCount() == 0);
        });
    }

    @Test
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void oneThatIsRefusedAndNotGoneYetMayBeEndedOnceMore() throws Exception {
        List<Integer> counted = new ArrayList<>();
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server[] holder = new Server[1];
                Supplier<BaseProtocol> layers = ProxyProtocol.accept(Recorder::new, ELSEWHERE);
                Runnable endThem = () -> {
                    counted.add(logged.size());
                    counted.add(holder[0].clientCount());
                    holder[0].closeClients();
                    holder[0].abortClients();
                };
                // connectionMade comes in the next pass, connectionLost in the one after it, behind this
                serveOne(on, holder, layers, () -> on.loop.callSoon(endThem));
            });
        }
        assertThat(counted).as("refused, and still there").containsExactly(1, 1);
    }

    @Test
    void closeClientsBeforeConnectionMadeFindsALayerWithoutATransport() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server[] holder = new Server[1];
                Supplier<BaseProtocol> layers = ProxyProtocol.accept(Recorder::new, LOOPBACK);
                serveOne(on, holder, layers, () -> holder[0].closeClients());
            });
        }
    }

    /** A connection that is accepted and ends; something runs in the pass after the accept. */
    private static void serveOne(
            TestLoop on, Server[] holder, Supplier<? extends BaseProtocol> layers, Runnable inTheNextPass)
            throws Exception {
        holder[0] = on.loop.createServer(
                () -> {
                    on.loop.callSoon(inTheNextPass);
                    return layers.get();
                },
                "127.0.0.1",
                0);
        try (Peer peer = Peer.connect(on, holder[0].port())) {
            untilOver(on, peer);
        }
        holder[0].close();
    }
}
