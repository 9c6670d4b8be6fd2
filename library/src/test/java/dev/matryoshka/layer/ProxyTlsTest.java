package dev.matryoshka.layer;

import static dev.matryoshka.layer.ProxyHeaderTest.address;
import static dev.matryoshka.layer.ProxyRig.LOOPBACK;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.layer.ProxyHeader.Version;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.tls.Tls;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.tls.TlsSide;
import dev.matryoshka.tls.TlsTransport;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transports;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: TLS behind a PROXY header begins with its first byte. Method: our client, and a segment made by hand. */
@Proves("I-11")
@ExtendWith(LeakCheck.class)
class ProxyTlsTest {
    private static final ProxyHeader HEADER = ProxyHeader.of(address("192.0.2.7", 5000), address("198.51.100.1", 443))
            .withChecksum();

    private static CompletableFuture<TlsTransport> connect(TestLoop on, Server server, Protocol client) {
        TlsOptions trust = Certificates.client().withServerName("localhost");
        return Transports.createConnectionAsync(
                        on.loop,
                        ProxyProtocol.send(() -> new Protocol() {}, made -> HEADER, Version.V2),
                        "127.0.0.1",
                        server.port(),
                        ConnectOptions.defaults())
                .thenCompose(made ->
                        Tls.startTlsAsync(made.transport(), client, trust, TlsSide.CLIENT, ByteBuffer.allocate(0)));
    }

    private static Server serve(TestLoop on, Recorder user) throws Exception {
        return on.loop.createServer(
                ProxyProtocol.accept(Tls.serving(on.loop, () -> user, Certificates.server()), LOOPBACK),
                "127.0.0.1",
                0);
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    void theHandshakeSucceedsAndTheUserSeesTheClientsAddress(Net net) throws Exception {
        Recorder user = new Recorder();
        Recorder client = new Recorder();
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (Server server = serve(on, user)) {
                    TlsTransport secured = connect(on, server, client).get();
                    client.connectionMade(secured); // an upgrade does not tell it
                    secured.write("secret".getBytes(ISO_8859_1));
                    on.until("data", () -> user.heard.count() == 6);
                    assertThat(user.heard.text()).isEqualTo("secret");
                    assertThat(user.transport()).isInstanceOf(TlsTransport.class);
                    assertThat(user.transport().remoteAddress()).isEqualTo(address("192.0.2.7", 5000));
                    ProxiedTransport proxied = ProxiedTransport.under(user.transport());
                    assertThat(proxied.header().source()).isEqualTo(HEADER.source());
                    assertThat(proxied.proxyAddress()).isEqualTo(secured.localAddress());
                    user.transport().close();
                    secured.close();
                    on.until("over", () -> user.heard.isLost() && client.heard.isLost());
                }
            });
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Net.class,
            names = {"EPOLL", "NIO", "MEMORY"})
    void aClientHelloInTheSegmentOfTheHeaderIsAnswered(Net net) throws Exception {
        Recorder user = new Recorder();
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (Server server = serve(on, user);
                        Peer peer = Peer.connect(on, server.port())) {
                    peer.send(ISO_8859_1.decode(HEADER.encode(Version.V2)) + clientHello());
                    byte[] answer = peer.readUntil(100);
                    assertThat(answer[0]).as("a handshake record").isEqualTo((byte) 0x16);
                    assertThat(answer[5]).as("a ServerHello").isEqualTo((byte) 2);
                    server.close();
                    server.abortClients();
                    server.waitClosed();
                }
            });
        }
        assertThat(user.heard.events).isEmpty();
    }

    /** As the JDK's own engine makes it, a character per byte. */
    private static String clientHello() throws Exception {
        SSLEngine engine = Certificates.client().context().createSSLEngine("localhost", 443);
        engine.setUseClientMode(true);
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), record);
        return ISO_8859_1.decode(record.flip()).toString();
    }
}
