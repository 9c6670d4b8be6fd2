package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a protocol may call its transport back from inside any callback, and no callback comes twice, late or out of turn.
 * Method: one life of a connection that goes through all six callbacks; in each of them, one after another, every call. The
 * recorder holds the rest of that life against the grammar.
 */
@ExtendWith(LeakCheck.class)
class ReentrancyTest {
    private static final int MORE_THAN_SOCKETS_HOLD = 60_000;

    enum Callback {
        MADE,
        DATA,
        EOF,
        PAUSE,
        RESUME,
        LOST
    }

    enum Call {
        WRITE(transport -> transport.write(new byte[3])),
        WRITE_MUCH(transport -> transport.write(new byte[20_000])),
        WRITE_LINES(transport -> transport.writeLines(List.of(ByteBuffer.allocate(3), ByteBuffer.allocate(0)))),
        WRITE_EOF(Transport::writeEof),
        WRITE_THEN_EOF(transport -> {
            transport.write(new byte[3]);
            transport.writeEof();
        }),
        CLOSE(Transport::close),
        WRITE_THEN_CLOSE(transport -> {
            transport.write(new byte[3]);
            transport.close();
        }),
        ABORT(Transport::abort),
        WRITE_THEN_ABORT(transport -> {
            transport.write(new byte[3]);
            transport.abort();
        }),
        CLOSE_THEN_ABORT(transport -> {
            transport.close();
            transport.abort();
        }),
        PAUSE_READING(Transport::pauseReading),
        RESUME_READING(Transport::resumeReading),
        PAUSE_AND_RESUME_READING(transport -> {
            transport.pauseReading();
            transport.resumeReading();
        }),
        LOWER_LIMITS(transport -> transport.setWriteBufferLimits(WaterMarks.high(0))),
        RAISE_LIMITS(transport -> transport.setWriteBufferLimits(WaterMarks.high(1 << 30))),
        SET_PROTOCOL(transport -> transport.setProtocol(transport.protocol()));

        private final Consumer<Transport> body;

        Call(Consumer<Transport> body) {
            this.body = body;
        }
    }

    @Proves(
            value = {"S-49", "S-47"},
            ports = "test_selector_events.test_transport_close_remove_writer")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void everyCallFromInsideEveryCallbackKeepsTheGrammar(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                for (Callback callback : Callback.values()) {
                    for (Call call : Call.values()) {
                        live(on, callback, call);
                    }
                }
            });
        }
    }

    private static void live(TestLoop on, Callback callback, Call call) throws Exception {
        String name = call + " in " + callback;
        Recorder recorder = new Recorder();
        int[] called = new int[1];
        Runnable inside = () -> {
            if (called[0]++ == 0) {
                call.body.accept(recorder.transport());
            }
        };
        place(inside, callback, recorder);
        Server server = on.loop.createServer(() -> recorder, "127.0.0.1", 0);
        try (Peer peer = Peer.connect(on, server.port(), 4096)) {
            on.until("made", recorder.heard::isMade);
            server.close();
            goThroughAll(on, recorder, peer);
            on.until("lost: " + name, () -> {
                peer.read();
                recorder.transport().resumeReading();
                return recorder.heard.isLost();
            });
            server.waitClosed();
        }
        assertThat(called[0]).as(name + " happened").isPositive();
        assertThat(recorder.heard.times("made")).as(name).isEqualTo(1);
        assertThat(recorder.heard.times("lost")).as(name).isEqualTo(1);
        assertThat(recorder.heard.times("eof")).as(name).isLessThanOrEqualTo(1);
    }

    private static void place(Runnable inside, Callback callback, Recorder recorder) {
        switch (callback) {
            case MADE -> recorder.atMade = transport -> inside.run();
            case DATA -> recorder.atData = data -> inside.run();
            case EOF -> recorder.atEof = inside;
            case PAUSE -> recorder.atPause = inside;
            case RESUME -> recorder.atResume = inside;
            case LOST -> recorder.atLost = reason -> inside.run();
        }
    }

    /** Data, pause, resume, end of stream; what an earlier callback has made impossible is left out. */
    private static void goThroughAll(TestLoop on, Recorder recorder, Peer peer) throws Exception {
        Transport transport = recorder.transport();
        peer.send("x");
        on.until("data", () -> recorder.heard.count() > 0 || transport.isClosing() || !transport.isReading());
        if (!transport.isClosing()) {
            transport.setOption(StandardSocketOptions.SO_SNDBUF, 4096);
            transport.setWriteBufferLimits(WaterMarks.high(1000));
            writeUnlessShut(transport);
        }
        on.until("resumed", () -> {
            peer.read();
            return !recorder.heard.isPaused() || transport.isClosing();
        });
        peer.shutdownOutput();
    }

    private static void writeUnlessShut(Transport transport) {
        try {
            transport.write(new byte[MORE_THAN_SOCKETS_HOLD]);
        } catch (IllegalStateException afterWriteEof) {
            assertThat(afterWriteEof).hasMessageContaining("after writeEof()");
        }
    }
}
