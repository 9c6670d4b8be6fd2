package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: no call of a transport, in whatever state it is, does anything but what its comment says: no exception besides the
 * documented one, and connectionMade and connectionLost exactly once. Method: every state times every call, on all kernels;
 * the recorder holds the callbacks against the grammar.
 */
@ExtendWith(LeakCheck.class)
class TransportCallsTest {
    private static final int MORE_THAN_SOCKETS_HOLD = 200_000;

    /** The states of {@link TransportState}, OPEN taken apart by direction. */
    enum Situation {
        OPEN,
        OPEN_WITH_BYTES_OF_THIS_PASS,
        OPEN_ABOVE_THE_MARK,
        OPEN_AND_PAUSED,
        OPEN_AT_EOF,
        OPEN_WITH_EOF_QUEUED,
        OPEN_AND_SHUT,
        FLUSHING,
        ENDING,
        ENDED
    }

    /** One call; what it must throw stands in {@link #expected}. */
    enum Call {
        WRITE {
            @Override
            void on(Transport transport) {
                ByteBuffer data = ByteBuffer.wrap(new byte[3]);
                transport.write(data);
                assertThat(data.hasRemaining()).isFalse();
            }
        },
        WRITE_NOTHING {
            @Override
            void on(Transport transport) {
                transport.write(new byte[0]);
            }
        },
        WRITE_MUCH {
            @Override
            void on(Transport transport) {
                ByteBuffer data = Bytes.direct(new byte[100_000]);
                transport.write(data);
                assertThat(data.hasRemaining()).isFalse();
            }
        },
        WRITE_LINES {
            @Override
            void on(Transport transport) {
                List<ByteBuffer> lines =
                        List.of(ByteBuffer.allocate(3), ByteBuffer.allocate(0), ByteBuffer.allocate(9000));
                transport.writeLines(lines);
                assertThat(lines).noneMatch(ByteBuffer::hasRemaining);
            }
        },
        WRITE_EOF {
            @Override
            void on(Transport transport) {
                transport.writeEof();
                transport.writeEof();
            }
        },
        CLOSE {
            @Override
            void on(Transport transport) {
                transport.close();
                assertThat(transport.isClosing()).isTrue();
                transport.close();
            }
        },
        ABORT {
            @Override
            void on(Transport transport) {
                transport.abort();
                assertThat(transport.isClosing()).isTrue();
                assertThat(transport.writeBufferSize()).isZero();
                transport.abort();
            }
        },
        PAUSE_READING {
            @Override
            void on(Transport transport) {
                transport.pauseReading();
                assertThat(transport.isReading()).isFalse();
                transport.pauseReading();
            }
        },
        RESUME_READING {
            @Override
            void on(Transport transport) {
                transport.resumeReading();
                transport.resumeReading();
            }
        },
        SET_LIMITS {
            @Override
            void on(Transport transport) {
                transport.setWriteBufferLimits(WaterMarks.high(0));
                assertThat(transport.writeBufferLimits()).isEqualTo(new WaterMarks(0, 0));
                transport.setWriteBufferLimits(WaterMarks.high(1 << 30));
                transport.setWriteBufferLimits(WaterMarks.DEFAULT);
            }
        },
        SET_PROTOCOL {
            @Override
            void on(Transport transport) {
                BaseProtocol protocol = transport.protocol();
                transport.setProtocol(new Protocol() {});
                transport.setProtocol(protocol);
                assertThat(transport.protocol()).isSameAs(protocol);
            }
        },
        OPTIONS {
            @Override
            void on(Transport transport) throws Exception {
                transport.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                assertThat(transport.getOption(StandardSocketOptions.TCP_NODELAY))
                        .isTrue();
            }
        },
        GETTERS {
            @Override
            void on(Transport transport) {
                assertThat(transport.loop()).isNotNull();
                assertThat(transport.canWriteEof()).isTrue();
                assertThat(transport.writeBufferSize()).isNotNegative();
                assertThat(transport.droppedBytes()).isNotNegative();
                assertThat(transport.localAddress()).isNotNull();
                assertThat(transport.remoteAddress()).isNotNull();
                assertThat(transport.toString()).contains("SocketTransport", "127.0.0.1");
            }
        };

        abstract void on(Transport transport) throws Exception;

        /** The documented exception, or null. */
        Class<? extends Exception> expected(Situation situation) {
            boolean written = this == WRITE || this == WRITE_NOTHING || this == WRITE_MUCH || this == WRITE_LINES;
            return switch (situation) {
                case OPEN_WITH_EOF_QUEUED, OPEN_AND_SHUT -> written ? IllegalStateException.class : null;
                case ENDED -> this == OPTIONS ? ClosedChannelException.class : null;
                default -> null;
            };
        }
    }

    @Proves(
            value = {
                "S-47",
                "S-48",
                "S-52",
                "S-57",
                "W2",
                "Transport.close",
                "Transport.abort",
                "Transport.is_closing",
                "Transport.write_eof",
                "Transport.can_write_eof",
                "Transport.get_write_buffer_size",
                "Transport.get_extra_info",
                "Transport.writelines"
            },
            ports = {
                "test_selector_events.test_close",
                "test_selector_events.test_abort",
                "test_selector_events.test_force_close",
                "test_selector_events.test_write_closing",
                "test_selector_events.test_write_eof",
                "test_selector_events.test_write_eof_after_close",
                "test_selector_events.test_write_no_data",
                "test_transports.test_get_extra_info"
            })
    @ParameterizedTest
    @EnumSource
    void everyCallInEveryStateDoesWhatItSays(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                for (Situation situation : Situation.values()) {
                    for (Call call : Call.values()) {
                        check(on, situation, call);
                    }
                }
            });
        }
    }

    private static void check(TestLoop on, Situation situation, Call call) throws Exception {
        String name = call + " when " + situation;
        Recorder recorder = new Recorder();
        Server server = on.loop.createServer(() -> recorder, "127.0.0.1", 0);
        try (Peer peer = Peer.connect(on, server.port(), 4096)) {
            on.until("made", recorder.heard::isMade);
            server.close();
            bringInto(on, situation, recorder, peer);
            Throwable thrown = catchThrowable(() -> call.on(recorder.transport()));
            Class<? extends Exception> expected = call.expected(situation);
            if (expected != null) {
                assertThat(thrown).as(name).isInstanceOf(expected);
            } else {
                assertThat(thrown).as(name).isNull();
            }
            on.passes(2);
            recorder.transport().abort();
            on.until("lost after " + name, recorder.heard::isLost);
            server.waitClosed();
        }
        assertThat(recorder.heard.times("made")).as(name).isEqualTo(1);
        assertThat(recorder.heard.times("lost")).as(name).isEqualTo(1);
        assertThat(recorder.heard.reason()).as(name).isNull();
    }

    private static void bringInto(TestLoop on, Situation situation, Recorder recorder, Peer peer) throws Exception {
        Transport transport = recorder.transport();
        transport.setOption(StandardSocketOptions.SO_SNDBUF, 4096);
        switch (situation) {
            case OPEN -> {}
            case OPEN_WITH_BYTES_OF_THIS_PASS -> transport.write(new byte[10]);
            case OPEN_ABOVE_THE_MARK -> {
                transport.write(new byte[MORE_THAN_SOCKETS_HOLD]);
                assertThat(recorder.heard.isPaused()).isTrue();
            }
            case OPEN_AND_PAUSED -> transport.pauseReading();
            case OPEN_AT_EOF -> {
                recorder.keepOpen = true;
                peer.shutdownOutput();
                on.until("eof", recorder.heard::isEof);
            }
            case OPEN_WITH_EOF_QUEUED -> {
                transport.write(new byte[MORE_THAN_SOCKETS_HOLD]);
                transport.writeEof();
            }
            case OPEN_AND_SHUT -> transport.writeEof();
            case FLUSHING -> {
                transport.write(new byte[MORE_THAN_SOCKETS_HOLD]);
                transport.close();
                on.passes(3);
                assertThat(recorder.heard.isLost()).isFalse();
            }
            case ENDING -> transport.abort();
            case ENDED -> {
                transport.abort();
                on.until("lost", recorder.heard::isLost);
                on.passes(2); // the socket goes at the end of a pass
            }
        }
    }
}
