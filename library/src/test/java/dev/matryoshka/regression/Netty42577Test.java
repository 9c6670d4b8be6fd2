package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Server;
import java.io.IOException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * CVE-2026-42577 of Netty: a reset that came after a half-close, while nothing was to be read or written, was never noticed; the
 * connection leaked, and where it was reported again and again the loop spun. Goal: the connection is lost with the reset as
 * its reason, and meanwhile the loop sleeps. Method: FIN, then RST, to a protocol that keeps its side open.
 */
@ExtendWith(LeakCheck.class)
class Netty42577Test {
    /** Not on nio: a Selector without interest in a channel tells nothing of it; there it is met by the next write. */
    @Proves("S-45")
    @ParameterizedTest
    @MethodSource("nets")
    void aResetAfterTheHalfCloseEndsAnIdleConnection(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.keepOpen = true;
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Peer peer = halfClosed(on, recorder);
                on.passes(5);
                assertThat(recorder.heard.isLost()).isFalse();
                peer.reset();
                on.until("the reset is noticed", recorder.heard::isLost);
                assertThat(recorder.heard.summary()).isEqualTo("made eof lost");
                assertThat(recorder.heard.reason()).isInstanceOf(IOException.class);
            });
            assertThat(on.reported())
                    .as("the network's failures are news for the protocol only")
                    .isEmpty();
        }
    }

    static Net[] nets() {
        return new Net[] {Net.EPOLL, Net.MEMORY, Net.EPOLL_CLOGGED, Net.MEMORY_CLOGGED};
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aResetAfterTheHalfCloseIsMetByTheNextWriteAtTheLatest(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.keepOpen = true;
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Peer peer = halfClosed(on, recorder);
                peer.reset();
                on.until("the reset is noticed", () -> {
                    if (!recorder.transport().isClosing()) {
                        recorder.transport().write(new byte[1]);
                    }
                    return recorder.heard.isLost();
                });
                assertThat(recorder.heard.reason()).isInstanceOf(IOException.class);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aHalfClosedConnectionDoesNotKeepTheLoopAwake(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.keepOpen = true;
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                Peer peer = halfClosed(on, recorder);
                on.passes(5);
                on.assertQuiet();
                peer.close();
                recorder.transport().abort();
                on.until("lost", recorder.heard::isLost);
            });
        }
    }

    private static Peer halfClosed(TestLoop on, Recorder recorder) throws Exception {
        Server server = on.loop.createServer(() -> recorder, "127.0.0.1", 0);
        Peer peer = Peer.connect(on, server.port());
        on.until("made", recorder.heard::isMade);
        server.close();
        peer.shutdownOutput();
        on.until("the end of its direction is told", recorder.heard::isEof);
        return peer;
    }
}
