package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Goal: the flight recorder tells of each handshake, once for each end. Method: a recording, read back. */
@ExtendWith(LeakCheck.class)
class TlsHandshakeEventTest {
    @TempDir
    Path folder;

    /** Those of the loopback's servers and clients that end while the action runs. */
    private List<RecordedEvent> recorded(Net net, Connecting action) throws Exception {
        Path file = folder.resolve("tls.jfr");
        try (Recording recording = new Recording();
                TestLoop on = TestLoop.over(net)) {
            recording.enable("matryoshka.TlsHandshake").withoutThreshold();
            recording.start();
            on.run(() -> action.run(on));
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("matryoshka.TlsHandshake"))
                .toList();
    }

    private interface Connecting {
        void run(TestLoop on) throws Exception;
    }

    @Test
    void aHandshakeIsToldAtBothEndsWithItsSession() throws Exception {
        String[] peer = {""};
        List<RecordedEvent> events = recorded(Net.MEMORY, on -> {
            TlsPair pair = TlsPair.open(on, "TLSv1.3");
            peer[0] = String.valueOf(pair.clientTransport().remoteAddress());
            pair.end(on);
        });
        assertThat(events).hasSize(2).allSatisfy(event -> {
            assertThat(event.getString("protocol")).isEqualTo("TLSv1.3");
            assertThat(event.getString("cipher")).startsWith("TLS_");
            assertThat(event.getString("outcome")).isEqualTo("succeeded");
            assertThat(event.getInstant("sessionCreated"))
                    .isAfterOrEqualTo(event.getStartTime().minusMillis(1));
        });
        assertThat(events)
                .anySatisfy(event -> assertThat(event.getString("remote")).isEqualTo(peer[0]));
    }

    @Test
    void aResumedSessionIsOlderThanItsHandshake() throws Exception {
        TlsOptions clients = Certificates.client();
        TlsOptions servers = Certificates.server();
        List<RecordedEvent> events = recorded(Net.MEMORY, on -> {
            for (int i = 0; i < 2; i++) {
                Recorder client = new Recorder();
                Recorder server = new Recorder();
                try (Server listener =
                        Tls.createServer(on.loop, () -> server, "127.0.0.1", 7443, servers, ServerOptions.defaults())) {
                    TlsPair.connect(on, client, listener.port(), TlsPair.only(clients, "TLSv1.2"));
                    on.until("the server's end is made", server.heard::isMade);
                }
                new TlsPair(client, server).end(on);
                long ended = System.currentTimeMillis();
                while (System.currentTimeMillis() < ended + 3) {
                    Thread.onSpinWait(); // a session's age is counted in milliseconds of the real clock
                }
            }
        });
        assertThat(events).hasSize(4);
        assertThat(events.stream()
                        .filter(event -> event.getInstant("sessionCreated")
                                .isBefore(event.getStartTime().minusMillis(1)))
                        .count())
                .as("of the second connection")
                .isEqualTo(2);
    }

    @Test
    void aFailedHandshakeTellsWhy() throws Exception {
        List<RecordedEvent> events = recorded(Net.MEMORY, on -> {
            try (Server listener = TlsPair.serve(on, new Recorder(), Certificates.server());
                    Peer peer = Peer.connect(on, listener.port())) {
                on.until("it is accepted", () -> listener.clientCount() == 1);
                peer.send("GET / HTTP/1.0\r\n\r\n");
                on.until("it is refused", () -> listener.clientCount() == 0);
            } catch (IOException ended) {
                throw new AssertionError(ended);
            }
        });
        assertThat(events).singleElement().satisfies(event -> {
            assertThat(event.getString("outcome")).isNotEqualTo("succeeded").isNotEmpty();
            assertThat(event.getString("protocol")).isEmpty();
        });
    }
}
