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
 * R9 of the catalogue of faults: while reading is paused, FIN and RST stand unread, and a level-triggered poller would report them
 * for ever. Goal: the loop sleeps meanwhile; on resume, or by a write, the protocol hears of them, after the bytes that came
 * before. Method: both, to a paused connection; passes are counted.
 */
@ExtendWith(LeakCheck.class)
class PausedReadingTest {
    @Proves("Transport.pause_reading")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void bytesAndFinWaitForTheResume(Net net) throws Exception {
        Recorder recorder = new Recorder();
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Peer peer = paused(on, recorder);
                peer.send("last words");
                peer.shutdownOutput();
                on.passes(5);
                assertThat(recorder.heard.summary()).isEqualTo("made");
                recorder.transport().resumeReading();
                on.until("lost", recorder.heard::isLost);
                assertThat(recorder.heard.text()).isEqualTo("last words");
                assertThat(recorder.heard.summary()).isEqualTo("made data eof lost");
                assertThat(recorder.heard.reason()).isNull();
                peer.close();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void aResetWaitsForTheResume(Net net) throws Exception {
        Recorder recorder = new Recorder();
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                paused(on, recorder).reset();
                on.passes(5);
                assertThat(recorder.heard.isLost()).isFalse();
                recorder.transport().resumeReading();
                on.until("lost", recorder.heard::isLost);
                assertThat(recorder.heard.summary()).isEqualTo("made lost");
                assertThat(recorder.heard.reason()).isInstanceOf(IOException.class);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void aResetIsMetByAWriteAlthoughReadingIsPaused(Net net) throws Exception {
        Recorder recorder = new Recorder();
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                paused(on, recorder).reset();
                on.until("lost", () -> {
                    if (!recorder.heard.isLost()) {
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
    void nothingThatStandsUnreadKeepsTheLoopAwake(Net net) throws Exception {
        Recorder recorder = new Recorder();
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                Peer peer = paused(on, recorder);
                on.assertQuiet();
                peer.send("unread");
                on.assertQuiet();
                peer.shutdownOutput();
                on.assertQuiet();
                peer.reset();
                on.assertQuiet();
                recorder.transport().abort();
                on.until("lost", recorder.heard::isLost);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectionThatPausesWhenItIsMadeDoesNotKeepTheLoopAwake(Net net) throws Exception {
        Recorder recorder = new Recorder();
        recorder.atMade = transport -> transport.pauseReading();
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                Peer peer = connected(on, recorder);
                peer.send("unread");
                on.passes(3);
                on.assertQuiet();
                assertThat(recorder.heard.summary()).isEqualTo("made");
                recorder.transport().resumeReading();
                on.until("data", () -> recorder.heard.count() == 6);
                peer.close();
                on.until("lost", recorder.heard::isLost);
            });
        }
    }

    private static Peer paused(TestLoop on, Recorder recorder) throws Exception {
        Peer peer = connected(on, recorder);
        recorder.transport().pauseReading();
        return peer;
    }

    private static Peer connected(TestLoop on, Recorder recorder) throws Exception {
        Server server = on.loop.createServer(() -> recorder, "127.0.0.1", 0);
        Peer peer = Peer.connect(on, server.port());
        on.until("made", recorder.heard::isMade);
        server.close();
        return peer;
    }
}
