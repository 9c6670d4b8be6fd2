package dev.matryoshka.layer;

import static dev.matryoshka.layer.ProxyHeaderTest.address;
import static dev.matryoshka.layer.ProxyRig.ELSEWHERE;
import static dev.matryoshka.layer.ProxyRig.LINE;
import static dev.matryoshka.layer.ProxyRig.LOOPBACK;
import static dev.matryoshka.layer.ProxyRig.untilOver;
import static dev.matryoshka.layer.ProxyRig.with;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.layer.ProxyHeader.Version;
import dev.matryoshka.layer.ProxyOptions.Others;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.stream.Streams;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Layer;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.Transports;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: behind a header, and without one where it is optional, the connection is as if there were no layer, but for its
 * addresses. Method: a peer without a transport sends headers and data in one piece and in many.
 */
@ExtendWith(LeakCheck.class)
class ProxyProtocolTest {
    // ---- trusted --------------------------------------------------------------------------------------------------

    @Proves("I-11")
    @ParameterizedTest
    @EnumSource(Net.class)
    void theUserSeesTheClientsAddressesAndLosesNothingBehindTheHeader(Net net) throws Exception {
        Recorder user = new Recorder();
        user.keepOpen = true;
        with(net, () -> user, LOOPBACK, (on, peer) -> {
            peer.send(LINE + "\u0016\u0003\u0001hello");
            peer.send(" more");
            on.until("all is here", () -> user.heard.count() == 13);
            assertThat(user.heard.text()).isEqualTo("\u0016\u0003\u0001hello more");
            Transport transport = user.transport();
            assertThat(transport.remoteAddress()).isEqualTo(address("192.0.2.7", 5000));
            assertThat(transport.localAddress()).isEqualTo(address("198.51.100.1", 443));
            ProxiedTransport proxied = ProxiedTransport.under(transport);
            assertThat(proxied.proxyAddress()).isEqualTo(peer.socket().localAddress());
            assertThat(proxied.ownAddress()).isEqualTo(peer.socket().remoteAddress());
            assertThat(proxied.header()).isEqualTo(ProxyHeader.of(transport));
            transport.write("answer".getBytes(ISO_8859_1));
            peer.shutdownOutput();
            on.until("eof", user.heard::isEof);
            transport.close();
            assertThat(new String(peer.readToEof(), ISO_8859_1)).isEqualTo("answer");
            on.until("lost", user.heard::isLost);
            assertThat(user.heard.summary()).isEqualTo("made data eof lost");
        });
    }

    @Test
    void aHeaderSplitAtEveryByteIsRead() throws Exception {
        byte[] binary = ProxyHeaderTest.bytes(ProxyHeader.of(address("192.0.2.7", 5000), address("198.51.100.1", 443))
                .withChecksum()
                .encode(Version.V2));
        for (String header : List.of(LINE, new String(binary, ISO_8859_1))) {
            for (int split = 0; split <= header.length(); split++) {
                Recorder user = new Recorder();
                int at = split;
                with(Net.MEMORY, () -> user, LOOPBACK, (on, peer) -> {
                    peer.send(header.substring(0, at));
                    on.passes(3);
                    peer.send(header.substring(at) + "x");
                    on.until("data", () -> user.heard.count() == 1);
                    assertThat(user.transport().remoteAddress()).isEqualTo(address("192.0.2.7", 5000));
                });
            }
        }
    }

    @Test
    void withAHeaderThatNamesNobodyTheAddressesAreTheConnectionsOwn() throws Exception {
        for (ProxyHeader header : List.of(ProxyHeader.local(), ProxyHeader.unknown())) {
            Recorder user = new Recorder();
            with(Net.MEMORY, () -> user, LOOPBACK, (on, peer) -> {
                peer.send(ISO_8859_1.decode(header.encode(Version.V2)).toString());
                on.until("made", user.heard::isMade);
                assertThat(user.transport().remoteAddress())
                        .isEqualTo(peer.socket().localAddress());
                assertThat(user.transport().localAddress())
                        .isEqualTo(peer.socket().remoteAddress());
                assertThat(ProxiedTransport.under(user.transport()).header()).isEqualTo(header);
            });
        }
    }

    @Proves("I-11")
    @ParameterizedTest
    @EnumSource(Net.class)
    void aUserThatPausesGetsWhatCameBehindTheHeaderWhenItResumes(Net net) throws Exception {
        Recorder user = new Recorder();
        user.atMade = Transport::pauseReading;
        with(net, () -> user, LOOPBACK, (on, peer) -> {
            peer.send(LINE + "first");
            on.until("made", user.heard::isMade);
            peer.send("second");
            peer.shutdownOutput();
            on.passes(20);
            assertThat(user.heard.summary()).isEqualTo("made");
            assertThat(user.transport().isReading()).isFalse();
            user.transport().resumeReading();
            user.transport().pauseReading();
            on.passes(5);
            assertThat(user.heard.summary()).isEqualTo("made");
            user.transport().resumeReading();
            assertThat(user.transport().isReading()).isTrue();
            on.until("lost", user.heard::isLost);
            assertThat(user.heard.text()).isEqualTo("firstsecond");
            assertThat(user.heard.summary()).isEqualTo("made data eof lost");
        });
    }

    @Test
    void aUserThatClosesInConnectionMadeHearsNothingMore() throws Exception {
        Recorder user = new Recorder();
        user.atMade = transport -> {
            transport.write("bye".getBytes(ISO_8859_1));
            transport.close();
        };
        with(Net.MEMORY, () -> user, LOOPBACK, (on, peer) -> {
            peer.send(LINE + "first");
            untilOver(on, peer);
            assertThat(peer.text()).isEqualTo("bye");
            on.until("lost", user.heard::isLost);
            assertThat(user.heard.summary()).isEqualTo("made lost");
        });
    }

    /** Takes three bytes at a time, and pauses after each. */
    private static final class Sipping implements BufferedProtocol {
        private final StringBuilder text = new StringBuilder();
        private final ByteBuffer memory = ByteBuffer.allocate(3);
        private Transport transport;
        private boolean eof;

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
            assertThat(transport.isReading()).isTrue();
            assertThat(memory.position()).isEqualTo(byteCount);
            text.append(ISO_8859_1.decode(memory.flip()));
            transport.pauseReading();
            transport.loop().callSoon(transport::resumeReading);
        }

        @Override
        public boolean eofReceived() {
            eof = true;
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    void aBufferedUserIsServedInPiecesOfItsOwn(Net net) throws Exception {
        Sipping user = new Sipping();
        with(net, () -> user, LOOPBACK, (on, peer) -> {
            peer.send(LINE + "0123456789");
            peer.send("abc");
            peer.shutdownOutput();
            on.until("eof", () -> user.eof);
            assertThat(user.text).hasToString("0123456789abc");
        });
    }

    @Test
    void streamsAreServedToo() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Supplier<BufferedProtocol> streams = Streams.serving(
                        on.loop,
                        (reader, writer) ->
                                writer.write((writer.remoteAddress() + " " + new String(reader.readLine(), ISO_8859_1))
                                        .getBytes(ISO_8859_1)),
                        StreamOptions.defaults());
                try (Server server = on.loop.createServer(ProxyProtocol.accept(streams, LOOPBACK), "127.0.0.1", 0);
                        Peer peer = Peer.connect(on, server.port())) {
                    peer.send(LINE + "a line\n");
                    assertThat(new String(peer.readToEof(), ISO_8859_1)).isEqualTo("/192.0.2.7:5000 a line\n");
                }
            });
        }
    }

    /** Bytes and the end wait in the layer, or are on their way to a user who is being made. */
    @Test
    void streamsThatTakeOverReadWhatThePeerHasSentAndThenItsEnd() throws Exception {
        for (boolean paused : new boolean[] {true, false}) {
            Recorder user = new Recorder();
            StreamConnection[] taken = new StreamConnection[1];
            user.atMade = transport -> {
                assertThat(Layer.isInputEnded(transport)).as("not told yet").isFalse();
                if (paused) {
                    transport.pauseReading();
                } else {
                    taken[0] = Streams.over(transport, StreamOptions.defaults());
                }
            };
            with(Net.MEMORY, () -> user, LOOPBACK.withRequired(false), (on, peer) -> {
                peer.send("PRO");
                peer.shutdownOutput();
                on.until("made", user.heard::isMade);
                if (paused) {
                    taken[0] = Streams.over(user.transport(), StreamOptions.defaults());
                }
                byte[] read = on.within("the end", () -> taken[0].reader().read(-1));
                assertThat(new String(read, ISO_8859_1)).isEqualTo("PRO");
                taken[0].close();
            });
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Net.class,
            names = {"EPOLL", "NIO", "MEMORY"})
    void aPeerOnAUnixSocketIsTrusted(Net net, @TempDir Path folder) throws Exception {
        Recorder user = new Recorder();
        Recorder client = new Recorder();
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                UnixDomainSocketAddress path = UnixDomainSocketAddress.of(folder.resolve("proxied"));
                Server server = Transports.createUnixServer(
                        on.loop,
                        ProxyProtocol.accept(() -> user, ProxyOptions.trusting()),
                        path,
                        ServerOptions.defaults());
                on.loop.createUnixConnection(() -> client, path, ConnectOptions.defaults());
                client.transport().write(LINE.getBytes(ISO_8859_1));
                on.until("made", user.heard::isMade);
                assertThat(user.transport().remoteAddress()).isEqualTo(address("192.0.2.7", 5000));
                assertThat(ProxiedTransport.under(user.transport()).ownAddress())
                        .isEqualTo(path);
                client.transport().close();
                on.until("lost", user.heard::isLost);
                server.close();
            });
        }
    }

    // ---- without a header -----------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Net.class)
    void anUntrustedPeerMayBeServedAndItsHeaderIsData(Net net) throws Exception {
        Recorder user = new Recorder();
        with(net, () -> user, ELSEWHERE.withOthers(Others.SERVED), (on, peer) -> {
            on.until("made without a byte", user.heard::isMade);
            peer.send(LINE);
            on.until("data", () -> user.heard.count() == LINE.length());
            assertThat(user.heard.text()).isEqualTo(LINE);
            assertThat(user.transport().remoteAddress()).isEqualTo(peer.socket().localAddress());
            assertThat(ProxiedTransport.under(user.transport()).header()).isNull();
        });
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    void anOptionalHeaderThatIsNotThereCostsNoByte(Net net) throws Exception {
        Recorder user = new Recorder();
        with(net, () -> user, LOOPBACK.withRequired(false), (on, peer) -> {
            peer.send("PROPFIND / HTTP/1.1\r\n");
            on.until("data", () -> user.heard.count() == 21);
            assertThat(user.heard.text()).isEqualTo("PROPFIND / HTTP/1.1\r\n");
            assertThat(user.transport().remoteAddress()).isEqualTo(peer.socket().localAddress());
        });
    }

    @Test
    void whoWaitsForTheServerToSpeakFirstIsServedAfterTheTimeout() throws Exception {
        for (String began : List.of("", "PRO")) {
            Recorder user = new Recorder();
            user.atMade = transport -> transport.write("220 hello".getBytes(ISO_8859_1));
            with(Net.MEMORY, () -> user, LOOPBACK.withRequired(false), (on, peer) -> {
                peer.send(began);
                assertThat(new String(peer.readUntil(9), ISO_8859_1)).isEqualTo("220 hello");
                peer.send("x");
                on.until("data", () -> user.heard.text().equals(began + "x"));
            });
        }
    }

    @Test
    void aShortMessageAndItsEndArePassedOnEvenToAUserThatPauses() throws Exception {
        Recorder user = new Recorder();
        user.atMade = Transport::pauseReading;
        with(Net.MEMORY, () -> user, LOOPBACK.withRequired(false), (on, peer) -> {
            peer.send("PRO");
            peer.shutdownOutput();
            on.until("made", user.heard::isMade);
            on.passes(5);
            assertThat(user.heard.summary()).isEqualTo("made");
            user.transport().resumeReading();
            on.until("lost", user.heard::isLost);
            assertThat(user.heard.text()).isEqualTo("PRO");
            assertThat(user.heard.summary()).isEqualTo("made data eof lost");
        });
    }

    @Test
    void whoPausesForAShortMessageHearsOfItsEndWhenItResumes() throws Exception {
        Recorder user = new Recorder();
        user.atData = data -> user.transport().pauseReading();
        with(Net.MEMORY, () -> user, LOOPBACK.withRequired(false), (on, peer) -> {
            peer.send("P");
            peer.shutdownOutput();
            on.until("all", () -> user.heard.text().equals("P"));
            on.passes(3);
            assertThat(user.heard.isEof()).as("nothing comes while it pauses").isFalse();
            user.transport().resumeReading();
            user.transport().resumeReading();
            on.until("lost", user.heard::isLost);
            assertThat(user.heard.summary()).isEqualTo("made data eof lost");
        });
    }

    @Test
    void endOfAShortMessageIsPassedOnAtOnce() throws Exception {
        Recorder user = new Recorder();
        with(Net.MEMORY, () -> user, LOOPBACK.withRequired(false), (on, peer) -> {
            peer.send("P");
            peer.shutdownOutput();
            on.until("lost", user.heard::isLost);
            assertThat(user.heard.summary()).isEqualTo("made data eof lost");
        });
    }

    // ---- failures of the user -------------------------------------------------------------------------------------

    @Test
    void aFactoryThatFailsCostsItsConnectionAndIsReported() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Supplier<BaseProtocol> failing = () -> {
                    throw new IllegalStateException("no protocol today");
                };
                try (Server server = on.loop.createServer(ProxyProtocol.accept(failing, LOOPBACK), "127.0.0.1", 0);
                        Peer peer = Peer.connect(on, server.port())) {
                    peer.send(LINE);
                    untilOver(on, peer);
                }
                assertThat(on.reported())
                        .singleElement()
                        .satisfies(context -> assertThat(context.exception()).hasMessage("no protocol today"));
            });
        }
    }

    @Test
    void whatTheUserThrowsForItsFirstDataEndsTheConnectionWithThat() throws Exception {
        Recorder user = new Recorder();
        user.atMade = transport -> {
            throw new IllegalStateException("made");
        };
        user.atData = data -> {
            throw new IllegalStateException("data");
        };
        with(Net.MEMORY, () -> user, LOOPBACK, (on, peer) -> {
            peer.send(LINE + "x");
            on.until("lost", user.heard::isLost);
            assertThat(user.heard.reason()).hasMessage("data");
            assertThat(on.reported())
                    .extracting(context -> context.exception().getMessage())
                    .containsExactly("made", "data");
        });
    }

    @Test
    void whatAUserThrowsWhenItGetsWhatHadToWaitEndsTheConnectionToo() throws Exception {
        Recorder user = new Recorder();
        user.atMade = Transport::pauseReading;
        user.atData = data -> {
            throw new IllegalStateException("data");
        };
        with(Net.MEMORY, () -> user, LOOPBACK, (on, peer) -> {
            peer.send(LINE + "x");
            on.until("made", user.heard::isMade);
            user.transport().resumeReading();
            on.until("lost", user.heard::isLost);
            assertThat(on.reported())
                    .singleElement()
                    .satisfies(context -> assertThat(context.exception()).hasMessage("data"));
        });
    }

    // ---- sending --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(Net.class)
    void aClientsHeaderComesBeforeAllItWrites(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                for (Version version : Version.values()) {
                    Recorder user = new Recorder();
                    Recorder client = new Recorder();
                    client.atMade = transport -> transport.write("hello".getBytes(ISO_8859_1));
                    ProxyHeader header = ProxyHeader.of(address("2001:db8::7", 1), address("2001:db8::8", 2))
                            .withChecksum();
                    try (Server server =
                            on.loop.createServer(ProxyProtocol.accept(() -> user, LOOPBACK), "127.0.0.1", 0)) {
                        Transport transport = on.loop
                                .createConnection(
                                        ProxyProtocol.send(() -> client, lower -> header, version),
                                        "127.0.0.1",
                                        server.port())
                                .transport();
                        assertThat(transport).isSameAs(client.transport());
                        assertThat(transport.protocol()).isSameAs(client);
                        on.until("data", () -> user.heard.count() == 5);
                        assertThat(user.transport().remoteAddress()).isEqualTo(address("2001:db8::7", 1));
                        user.transport().write("there".getBytes(ISO_8859_1));
                        on.until("answer", () -> client.heard.count() == 5);
                        assertThat(Layer.below(user.transport())).isNotNull();
                        transport.close();
                        on.until("over", () -> client.heard.isLost() && user.heard.isLost());
                    }
                }
            });
        }
    }

    @Test
    void headerAndGreetingLeaveInOneCall() throws Exception {
        try (TestLoop on = TestLoop.unchecked(Net.EPOLL.provider())) {
            on.run(() -> {
                Recorder client = new Recorder();
                client.atMade = transport -> transport.write("hello".getBytes(ISO_8859_1));
                try (Server server = on.loop.createServer(Recorder::new, "127.0.0.1", 0)) {
                    long before = on.calls().send;
                    on.loop.createConnection(
                            ProxyProtocol.send(() -> client, ProxyHeader::of, Version.V1), "127.0.0.1", server.port());
                    on.passes(3);
                    assertThat(on.calls().send - before).isEqualTo(1);
                    client.transport().abort();
                    server.close();
                    server.waitClosed();
                }
            });
        }
    }
}
