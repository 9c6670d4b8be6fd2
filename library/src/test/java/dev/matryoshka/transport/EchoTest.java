package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: the smallest program works over every kernel. Method: one server, one client, one message. */
@ExtendWith(LeakCheck.class)
class EchoTest {
    @Proves(
            value = {"S-26", "S-30", "S-25", "S-39", "Protocol.data_received", "Transport.write"},
            ports = "test_protocols.test_protocol")
    @ParameterizedTest
    @EnumSource
    void whatTheClientWritesComesBack(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            Recorder server = new Recorder();
            server.atData = data -> server.transport().write(data);
            on.run(() -> {
                Pair pair = Pair.open(on, new Recorder(), server);
                pair.clientTransport().write("hello".getBytes());
                on.until("the echo is there", () -> pair.client().heard.count() == 5);
                assertThat(pair.client().heard.text()).isEqualTo("hello");
                pair.clientTransport().close();
                on.until(
                        "both have heard the end",
                        () -> server.heard.isLost() && pair.client().heard.isLost());
                assertThat(server.heard.summary()).isEqualTo("made data eof lost");
                assertThat(pair.client().heard.summary()).isEqualTo("made data lost");
            });
        }
    }

    @Proves({"S-10", "S-26"})
    @ParameterizedTest
    @EnumSource
    void aRawPeerIsServed(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            Recorder server = new Recorder();
            server.atData = data -> server.transport().write(data);
            on.run(() -> {
                Server listener = on.loop.createServer(() -> server, "127.0.0.1", 0);
                try (Peer peer = Peer.connect(on, listener.port())) {
                    peer.send("hello");
                    assertThat(new String(peer.readUntil(5))).isEqualTo("hello");
                    peer.shutdownOutput();
                    assertThat(new String(peer.readToEof())).isEqualTo("hello");
                }
                listener.close();
                listener.waitClosed();
            });
        }
    }
}
