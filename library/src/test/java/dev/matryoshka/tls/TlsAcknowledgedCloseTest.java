package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.regression.ForkedJvm;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * With {@code jdk.tls.acknowledgeCloseNotify} the engine ends its own direction when the peer's ends, in TLS 1.3, too. Goal: what is
 * written then is dropped and counted, and the connection ends; it was encrypted again and again. Method: a JVM of its own with that
 * property.
 */
class TlsAcknowledgedCloseTest {
    @Test
    @Timeout(180)
    void anEngineThatAnswersTheGoodbyeByItselfTakesNoMore() throws Exception {
        assertThat(ForkedJvm.run(
                        AnsweringAtTheEnd.class,
                        ForkedJvm.ADD_OPENS,
                        ForkedJvm.NATIVE_ACCESS,
                        "-Djdk.tls.acknowledgeCloseNotify=true"))
                .contains("server: made data eof lost, dropped 100000, null")
                .contains("client: made eof lost, dropped 0, null");
    }

    static final class AnsweringAtTheEnd {
        private AnsweringAtTheEnd() {}

        public static void main(String[] arguments) throws Exception {
            Recorder client = new Recorder();
            Recorder server = new Recorder();
            server.keepOpen = true;
            server.atEof = () -> server.transport().write(new byte[100_000]);
            try (TestLoop on = TestLoop.over(Net.MEMORY)) {
                on.run(() -> {
                    TlsPair pair = TlsPair.open(on, client, server, "TLSv1.3");
                    pair.clientTransport().write("hello".getBytes(StandardCharsets.US_ASCII));
                    pair.clientTransport().writeEof();
                    pair.awaitLost(on);
                    tell("server", server);
                    tell("client", client);
                });
            }
        }

        private static void tell(String who, Recorder recorder) {
            System.out.println(who + ": " + recorder.heard.summary() + ", dropped "
                    + recorder.transport().droppedBytes() + ", " + recorder.heard.reason());
        }
    }
}
