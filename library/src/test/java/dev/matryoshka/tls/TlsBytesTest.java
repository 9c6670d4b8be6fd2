package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: what is written is what is received, on every kernel, in both versions. Method: recorders at both ends. */
@ExtendWith(LeakCheck.class)
@Proves({"create_server", "create_connection", "create_server_ssl", "create_connection_ssl"})
class TlsBytesTest {
    static Stream<Arguments> nets() {
        return Stream.of(Net.values())
                .flatMap(net -> Stream.of(TlsPair.VERSIONS).map(version -> Arguments.of(net, version)));
    }

    @ParameterizedTest
    @MethodSource("nets")
    void whatIsWrittenIsReceivedBothWays(Net net, String version) throws Exception {
        byte[] sent = Bytes.numbered(net.amount());
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, version);
                assertThat(pair.clientTransport().session().getProtocol()).isEqualTo(version);
                pair.clientTransport().write(sent);
                pair.serverTransport().write(ByteBuffer.wrap(sent, 0, sent.length / 2));
                on.until(
                        "all has come",
                        () -> pair.server().heard.count() == sent.length
                                && pair.client().heard.count() == sent.length / 2);
                assertThat(pair.server().heard.bytes()).isEqualTo(sent);
                pair.clientTransport().close();
                pair.awaitLost(on);
                assertThat(pair.server().heard.summary()).startsWith("made ").endsWith("eof lost");
                assertThat(pair.client().heard.reason()).isNull();
                assertThat(pair.server().heard.reason()).isNull();
            });
        }
    }
}
