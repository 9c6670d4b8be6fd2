package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.WaterMarks;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * W7 of the catalogue of faults (uvloop 498, zuvloop 33): writing to one connection from another one's callback. Goal: it arrives,
 * also from resumeWriting and connectionLost, and nobody is asked to resume after its end. Method: two connections on a loop.
 */
@ExtendWith(LeakCheck.class)
class WriteAcrossConnectionsTest {
    @Proves("S-55")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void fromResumeWritingAndConnectionLostOfAnotherConnection(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair one = Pair.open(on);
                Pair other = Pair.open(on);
                one.server().atResume = () -> other.serverTransport().write("resumed ".getBytes());
                one.server().atLost = reason -> other.serverTransport().write("lost".getBytes());
                fill(one);
                one.clientTransport().resumeReading();
                on.until("the first message", () -> other.client().heard.count() >= 8);
                one.serverTransport().abort();
                on.until("both messages", () -> other.client().heard.count() == 12);
                assertThat(other.client().heard.text()).isEqualTo("resumed lost");
                one.end(on);
                other.end(on);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void largeWritesToAnotherConnectionInsideItsOwnBackPressure(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair one = Pair.open(on);
                Pair other = Pair.open(on);
                int filled = fill(other);
                one.server().atData = data -> other.serverTransport().write(new byte[20_000]);
                one.clientTransport().write(new byte[1]);
                on.until("the other wrote", () -> one.server().heard.count() == 1);
                other.clientTransport().resumeReading();
                on.until("all is there", () -> other.client().heard.count() == filled + 20_000);
                on.until("it has drained", () -> other.serverTransport().writeBufferSize() == 0);
                assertThat(other.server().heard.summary()).startsWith("made pause resume");
                one.end(on);
                other.end(on);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void noResumeComesAfterTheEndThatAnotherConnectionsCallbackMade(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair one = Pair.open(on);
                Pair other = Pair.open(on);
                fill(other);
                one.server().atData = data -> other.serverTransport().abort();
                one.clientTransport().write(new byte[1]);
                other.clientTransport().resumeReading();
                on.until("lost", other.server().heard::isLost);
                on.passes(3);
                assertThat(other.server().heard.events).endsWith("lost").doesNotContain("data");
                one.end(on);
                other.end(on);
            });
        }
    }

    /** The client does not read until the server's end has paused. */
    private static int fill(Pair pair) {
        pair.clientTransport().pauseReading();
        Transport transport = pair.serverTransport();
        transport.setWriteBufferLimits(WaterMarks.high(20_000));
        int written = 0;
        for (; !pair.server().heard.isPaused(); written += 10_000) {
            transport.write(new byte[10_000]);
        }
        return written;
    }
}
