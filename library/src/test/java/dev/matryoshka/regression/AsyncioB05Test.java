package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.WaterMarks;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * B5, gh-156512: {@code close} or {@code abort} inside asyncio's {@code resume_writing} led to {@code connection_lost} twice.
 * Goal: once, whatever is done there. Method: fill a connection, let the peer read, end it from inside the callback.
 */
@Proves("B5")
@ExtendWith(LeakCheck.class)
class AsyncioB05Test {
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void closeInsideResumeWritingLosesTheConnectionOnce(Net net) throws Exception {
        endInResume(net, Transport::close);
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void abortInsideResumeWritingLosesTheConnectionOnce(Net net) throws Exception {
        endInResume(net, Transport::abort);
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void writeEofAndCloseInsideResumeWritingLoseTheConnectionOnce(Net net) throws Exception {
        endInResume(net, transport -> {
            transport.writeEof();
            transport.close();
        });
    }

    private static void endInResume(Net net, Consumer<Transport> end) throws Exception {
        for (WaterMarks marks : new WaterMarks[] {WaterMarks.DEFAULT, WaterMarks.high(0)}) {
            try (TestLoop on = TestLoop.over(net)) {
                on.run(() -> {
                    Pair pair = Pair.open(on);
                    Recorder server = pair.server();
                    server.atResume = () -> end.accept(server.transport());
                    server.transport().setWriteBufferLimits(marks);
                    pair.clientTransport().pauseReading();
                    while (!server.heard.isPaused()) {
                        server.transport().write(new byte[50_000]);
                    }
                    pair.clientTransport().resumeReading();
                    on.until(
                            "both ends are lost",
                            () -> server.heard.isLost() && pair.client().heard.isLost());
                    on.passes(3);
                    assertThat(server.heard.summary()).isEqualTo("made pause resume lost");
                    assertThat(server.heard.times("lost")).isEqualTo(1);
                });
            }
        }
    }
}
