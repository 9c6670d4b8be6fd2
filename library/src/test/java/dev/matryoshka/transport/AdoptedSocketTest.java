package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.loop.BusyException;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a socket that was connected or accepted by hand goes on as a transport, with every byte; one that cannot stays what it
 * was. Method: both ends of a connection of the inner doll.
 */
@Proves("connect_accepted_socket")
@ExtendWith(LeakCheck.class)
class AdoptedSocketTest {
    private static final ConnectOptions PLAIN = ConnectOptions.defaults();

    @FunctionalInterface
    private interface Body {
        void run(TestLoop on, AsyncSocket client, AsyncSocket accepted) throws Exception;
    }

    private static void connected(Net net, Body body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = on.loop.openSocket();
                        AsyncSocket client = on.loop.openSocket()) {
                    listener.bind(new InetSocketAddress("127.0.0.1", 0));
                    listener.listen();
                    client.connect(listener.localAddress());
                    try (AsyncSocket accepted = listener.accept()) {
                        body.run(on, client, accepted);
                    }
                }
            });
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Proves(ports = "test_events.test_connect_accepted_socket")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void anAcceptedSocketGetsAProtocolThatReceivesWhatCameBefore(Net net) throws Exception {
        connected(net, (on, client, accepted) -> {
            client.sendAll(ascii("early "));
            on.passes(2);
            Connection<Recorder> made = on.loop.connectAcceptedSocket(Recorder::new, accepted, PLAIN);
            assertThat(accepted.isOpen()).isFalse();
            assertThat(made.protocol().heard.events).startsWith("made");
            client.sendAll(ascii("late"));
            on.until("all of it", () -> made.protocol().heard.count() == 10);
            assertThat(made.transport().remoteAddress()).isEqualTo(client.localAddress());
            made.transport().write(ascii("bye"));
            made.transport().close();
            ByteBuffer answer = ByteBuffer.allocate(3);
            while (answer.hasRemaining()) {
                assertThat(client.recvInto(answer)).isPositive();
            }
            assertThat(client.recv(1)).isEmpty();
        });
    }

    @Proves(value = "create_connection", ports = "test_sock_lowlevel.test_create_connection_sock")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectedSocketGetsAProtocolAndItsOptions(Net net) throws Exception {
        connected(net, (on, client, accepted) -> {
            Connection<Recorder> made = on.loop.createConnection(
                    Recorder::new, client, PLAIN.withKeepAlive(true).withWriteLimits(WaterMarks.high(7)));
            assertThat(made.transport().getOption(StandardSocketOptions.SO_KEEPALIVE))
                    .isTrue();
            assertThat(made.transport().getOption(StandardSocketOptions.TCP_NODELAY))
                    .isTrue();
            assertThat(made.transport().writeBufferLimits()).isEqualTo(WaterMarks.high(7));
            made.transport().abort();
        });
    }

    @Proves("open_connection")
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectedSocketGetsStreams(Net net) throws Exception {
        connected(net, (on, client, accepted) -> {
            try (StreamConnection streams = on.loop.openConnection(client, StreamOptions.defaults(), PLAIN)) {
                accepted.sendAll(ascii("line\n"));
                assertThat(streams.reader().readLine(StandardCharsets.US_ASCII)).isEqualTo("line");
            }
        });
    }

    @Proves(
            ports = {
                "test_base_events.test_create_connection_wrong_sock",
                "test_base_events.test_create_connection_no_host_port_sock"
            })
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aSocketThatIsNotConnectedIsRefusedAndStaysWhatItWas(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (AsyncSocket listener = on.loop.openSocket();
                        AsyncSocket fresh = on.loop.openSocket(StandardProtocolFamily.INET)) {
                    listener.bind(new InetSocketAddress("127.0.0.1", 0));
                    listener.listen();
                    assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, fresh, PLAIN))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("a connected stream socket was expected");
                    assertThatThrownBy(() -> on.loop.connectAcceptedSocket(Recorder::new, listener, PLAIN))
                            .isInstanceOf(IllegalArgumentException.class);
                    SocketAddress address = listener.localAddress();
                    fresh.connect(address);
                    listener.accept().close();
                    fresh.close();
                    assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, fresh, PLAIN))
                            .isInstanceOf(ClosedChannelException.class);
                }
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aSocketThatATaskReceivesOnIsBusyAndStaysWhatItWas(Net net) throws Exception {
        connected(net, (on, client, accepted) -> {
            Task<byte[]> reading = on.loop.createTask("r", () -> client.recv(9));
            on.passes(2);
            assertThatThrownBy(() -> on.loop.createConnection(Recorder::new, client, PLAIN))
                    .isInstanceOf(BusyException.class);
            accepted.sendAll(ascii("x"));
            assertThat(reading.await()).hasSize(1);
        });
    }

    @Test
    void whatIsNoSocketOfOursIsRefused() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> assertThatThrownBy(
                            () -> Transports.connectAcceptedSocket(on.loop, Recorder::new, () -> {}, PLAIN))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not a socket of this library"));
        }
    }

    @Test
    void aSocketOfAnotherLoopIsRefused() throws Exception {
        connected(Net.MEMORY, (on, client, accepted) -> {
            Thread elsewhere = Thread.ofPlatform().start(() -> {
                try (TestLoop other = TestLoop.over(Net.MEMORY)) {
                    other.run(() -> assertThatThrownBy(() -> other.loop.createConnection(Recorder::new, client, PLAIN))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining(on.loop.name()));
                } catch (Exception failed) {
                    throw new AssertionError(failed);
                }
            });
            assertThat(elsewhere.join(java.time.Duration.ofSeconds(20))).isTrue();
            assertThat(client.isOpen()).isTrue();
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aFactoryThatFailsClosesTheSocket(Net net) throws Exception {
        connected(net, (on, client, accepted) -> {
            assertThatThrownBy(() -> on.loop.<Recorder>createConnection(
                            () -> {
                                throw new IllegalStateException("no protocol");
                            },
                            client,
                            PLAIN))
                    .hasMessage("no protocol");
            assertThat(accepted.recv(1)).isEmpty();
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aTaskThatIsCancelledMeanwhileClosesTheSocket(Net net) throws Exception {
        connected(net, (on, client, accepted) -> {
            Recorder recorder = new Recorder();
            Task<?> adopting = on.loop.createTask("a", () -> on.loop.createConnection(() -> recorder, client, PLAIN));
            on.passes(1);
            adopting.cancel();
            on.until("it has ended", adopting::isDone);
            if (!adopting.isCancelled()) {
                recorder.transport().abort(); // it was made before the cancel came
            }
            assertThat(accepted.recv(1)).isEmpty();
        });
    }
}
