package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: a peer that asks for new keys and does not read our answers takes no memory for them. Method: a client that is an engine on a
 * plain transport, and so can do what ours does not.
 */
@ExtendWith(LeakCheck.class)
class TlsKeyUpdateTest {
    private final Recorder server = new Recorder();
    private final BareClient client = new BareClient();

    private static final class BareClient implements Protocol {
        private final SSLEngine ssl =
                TlsPair.only(Certificates.client(), "TLSv1.3").clientEngine("localhost", 1);
        private final ByteBuffer ciphertext = ByteBuffer.allocate(512 * 1024).limit(0);
        private final ByteBuffer plaintext = ByteBuffer.allocate(64 * 1024);
        private final ByteBuffer records = ByteBuffer.allocate(64 * 1024);
        private Transport transport;
        private int received;
        private boolean lost;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
            say(TlsEngine.NOTHING);
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            ciphertext.compact().put(data).flip();
            try {
                listen();
            } catch (SSLException broken) {
                throw new AssertionError(broken);
            }
        }

        private void listen() throws SSLException {
            while (true) {
                SSLEngineResult result = ssl.unwrap(ciphertext, plaintext.clear());
                received += result.bytesProduced();
                if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                    for (Runnable task; (task = ssl.getDelegatedTask()) != null; ) {
                        task.run();
                    }
                } else if (result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
                    say(TlsEngine.NOTHING);
                } else if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                    return;
                }
            }
        }

        /** What the engine has to say by itself goes before. */
        void say(ByteBuffer data) {
            try {
                SSLEngineResult result;
                do {
                    result = ssl.wrap(data, records);
                } while (data.hasRemaining() || result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP);
            } catch (SSLException broken) {
                throw new AssertionError(broken);
            }
            transport.write(records.flip());
            records.clear();
        }

        @Override
        public void connectionLost(Throwable reason) {
            lost = true;
        }
    }

    @Test
    void answersThatNobodyReadsDoNotPileUp() throws Exception {
        int rounds = 3_000;
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                try (Server listener = TlsPair.serve(on, server, Certificates.server())) {
                    on.loop.createConnection(() -> client, "127.0.0.1", listener.port());
                    on.until("made", server.heard::isMade);
                }
                client.transport.pauseReading();
                TlsTransport transport = (TlsTransport) server.transport();
                transport.write(new byte[1_000_000]);
                int before = transport.below().writeBufferSize();
                for (int i = 1; i <= rounds; i++) {
                    client.ssl.beginHandshake(); // a KeyUpdate that asks for one in return, and a byte of data
                    client.say(ByteBuffer.allocate(1));
                    on.passes(i % 100 == 0 ? 1 : 0);
                }
                on.passes(20);
                assertThat(transport.below().writeBufferSize() - before)
                        .as("answers below")
                        .isBetween(16 * 1024, 17 * 1024);
                client.transport.resumeReading();
                on.until("all has come", () -> client.received == 1_000_000 && server.heard.count() == rounds);
                client.transport.abort();
                on.until("lost", () -> client.lost && server.heard.isLost());
            });
        }
    }
}
