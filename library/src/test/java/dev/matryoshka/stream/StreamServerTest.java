package dev.matryoshka.stream;

import static dev.matryoshka.stream.StreamRig.ascii;
import static dev.matryoshka.stream.StreamRig.pattern;
import static dev.matryoshka.stream.StreamRig.text;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.EventLoop;
import dev.matryoshka.support.FreePort;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.StreamEchoes;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.TaskGroup;
import dev.matryoshka.task.Timeout;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: clients and servers over sockets (test_streams: open_connection, start_server, drain, wait_closed, handler failures;
 * rows S-60 to S-66). Method: both ends on one loop, over each kernel, in fair weather and foul; at the end no connection, task
 * or chunk may be left, and nothing reported that a test has not looked at.
 */
@ParameterizedClass
@EnumSource(Net.class)
class StreamServerTest {
    private static final String HOST = "127.0.0.1";
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Parameter
    Net net;

    private TestLoop on;

    private interface Body {
        void run(EventLoop loop, Server server) throws Exception;
    }

    private void withServer(StreamHandler handler, Body body) throws Exception {
        withServer(handler, StreamOptions.defaults(), body);
    }

    private void withServer(StreamHandler handler, StreamOptions options, Body body) throws Exception {
        try (TestLoop testLoop = TestLoop.over(net)) {
            on = testLoop;
            on.run(() -> {
                Server server = Streams.startServer(on.loop, handler, HOST, 0, options, ServerOptions.defaults());
                Timeout.within(LIMIT, () -> {
                    body.run(on.loop, server);
                    server.close();
                    server.waitClosed();
                });
            });
        }
    }

    /** As many bytes as this network moves in a moment. */
    private int scaled(int byteCount) {
        return Net.fair().anyMatch(net::equals) ? byteCount : byteCount / 100;
    }

    private static void echoLines(StreamReader reader, StreamWriter writer) throws Exception {
        for (ByteBuffer line; (line = reader.nextLine()).hasRemaining(); ) {
            writer.write(line);
        }
    }

    private static void close(StreamConnection connection) throws IOException, InterruptedException {
        connection.close();
        connection.writer().waitClosed();
    }

    @Proves(
            value = {"S-60", "S-7", "start_server", "open_connection"},
            ports = {"test_streams.test_start_server", "test_streams.test_open_connection"})
    @Test
    void linesAreEchoed() throws Exception {
        withServer(StreamServerTest::echoLines, (loop, server) -> {
            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
            client.writer().write("hello\nwor", US_ASCII);
            assertThat(client.reader().readLine(US_ASCII)).isEqualTo("hello");
            client.writer().write("ld\n", US_ASCII);
            assertThat(client.reader().readLine(US_ASCII)).isEqualTo("world");
            client.writer().writeEof();
            assertThat(client.reader().readLine(US_ASCII)).isNull();
            assertThat(client.reader().atEof()).isTrue();
            assertThat(client.writer().remoteAddress())
                    .isEqualTo(server.addresses().getFirst());
            close(client);
        });
    }

    @Test
    void manyClientsAreServedAtOnce() throws Exception {
        withServer(
                StreamEchoes::echo,
                (loop, server) -> TaskGroup.run(group -> {
                    for (int i = 0; i < scaled(100) + 3; i++) {
                        byte[] message = pattern(scaled(1000) + i);
                        group.createTask(() -> {
                            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
                            for (int round = 0; round < 5; round++) {
                                client.writer().write(message);
                                assertThat(client.reader().readExactly(message.length))
                                        .isEqualTo(message);
                            }
                            close(client);
                        });
                    }
                }));
    }

    @Test
    void whatTheHandlerWroteIsSentBeforeItsConnectionIsClosed() throws Exception {
        byte[] answer = pattern(scaled(5_000_000));
        StreamHandler handler = (reader, writer) -> {
            reader.nextLine();
            writer.write(answer);
        };
        withServer(handler, (loop, server) -> {
            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
            client.writer().write("GET\n", US_ASCII);
            assertThat(client.reader().read(-1)).isEqualTo(answer);
            close(client);
        });
    }

    @Test
    void muchInBothDirectionsAtOnce() throws Exception {
        byte[] data = pattern(scaled(3_000_000));
        withServer(StreamEchoes::echo, (loop, server) -> {
            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
            Task<byte[]> reading = loop.createTask(() -> client.reader().readExactly(data.length));
            for (int from = 0; from < data.length; from += 10_000) {
                client.writer().write(data, from, Math.min(10_000, data.length - from));
            }
            assertThat(reading.await()).isEqualTo(data);
            close(client);
        });
    }

    @Proves({"S-56", "S-58"})
    @Test
    void aHandlerMayAnswerAfterTheClientHasEnded() throws Exception {
        StreamHandler handler = (reader, writer) -> {
            int length = reader.read(-1).length;
            writer.write(length + " bytes", US_ASCII);
        };
        withServer(handler, (loop, server) -> {
            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
            client.writer().write(new byte[scaled(100_000)]);
            client.writer().writeEof();
            assertThat(text(client.reader().read(-1))).isEqualTo(scaled(100_000) + " bytes");
            close(client);
        });
    }

    @Test
    void theLimitIsThatOfTheOptions() throws Exception {
        List<Throwable> thrown = new ArrayList<>();
        StreamHandler handler = (reader, writer) -> {
            try {
                reader.nextLine();
            } catch (LimitOverrunException tooLong) {
                thrown.add(tooLong);
            }
        };
        withServer(handler, new StreamOptions(10), (loop, server) -> {
            StreamConnection client =
                    Streams.openConnection(loop, HOST, server.port(), new StreamOptions(10), ConnectOptions.defaults());
            assertThat(client.reader().limitBytes()).isEqualTo(10);
            client.writer().write("12345678901", US_ASCII);
            assertThatEnds(client);
            assertThat(thrown).hasSize(1);
            client.close();
        });
    }

    /** A close with unread input is a reset: either is an end. */
    private static void assertThatEnds(StreamConnection client) throws InterruptedException {
        try {
            assertThat(client.reader().read().hasRemaining()).isFalse();
        } catch (IOException reset) {
            assertThat(client.reader().exception()).isSameAs(reset);
        }
    }

    // ---- failures -------------------------------------------------------------------------------------------------

    @Proves(value = "start_server", ports = "test_streams.test_unhandled_exceptions")
    @Test
    void aHandlerThatFailsIsReportedAndItsConnectionClosed() throws Exception {
        IllegalStateException bug = new IllegalStateException("bug");
        StreamHandler handler = (reader, writer) -> {
            reader.nextLine();
            writer.write("before", US_ASCII);
            throw bug;
        };
        withServer(handler, (loop, server) -> {
            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
            client.writer().write("go\n", US_ASCII);
            assertThat(text(client.reader().read(-1))).isEqualTo("before");
            close(client);
            assertThat(on.reported()).singleElement().satisfies(context -> {
                assertThat(context.message()).isEqualTo("Unhandled exception in client_connected_cb");
                assertThat(context.exception()).isSameAs(bug);
                assertThat(context.details()).containsKeys("transport", "protocol");
            });
        });
    }

    @Test
    void aHandlerWhoseConnectionBreaksIsNotReported() throws Exception {
        List<Throwable> thrown = new ArrayList<>();
        StreamHandler handler = (reader, writer) -> {
            try {
                reader.nextLine();
            } catch (IOException reset) {
                thrown.add(reset);
                throw new java.io.UncheckedIOException(reset);
            }
        };
        withServer(handler, (loop, server) -> {
            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
            client.writer().transport().setOption(StandardSocketOptions.SO_LINGER, 0);
            client.writer().transport().abort();
            client.writer().waitClosed();
            on.until("the handler has ended", () -> server.clientCount() == 0 && !thrown.isEmpty());
            assertThat(thrown).singleElement().isInstanceOf(java.net.SocketException.class);
        });
    }

    @Test
    void aHandlerThatIsCancelledClosesInSilence() throws Exception {
        StreamHandler handler = (reader, writer) -> {
            reader.nextLine();
            Task<?> self = Task.current();
            self.cancel();
            reader.nextLine();
        };
        withServer(handler, (loop, server) -> {
            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
            client.writer().write("go\n", US_ASCII);
            assertThat(client.reader().read(-1)).isEmpty();
            close(client);
        });
    }

    @Test
    void abortingTheClientsEndsTheirHandlersAndIsNotReported() throws Exception {
        List<Throwable> thrown = new ArrayList<>();
        StreamHandler handler = (reader, writer) -> {
            assertThat(reader.read().hasRemaining()).isFalse();
            try {
                writer.write("late", US_ASCII);
            } catch (IOException lost) {
                thrown.add(lost);
                throw lost;
            }
        };
        withServer(handler, (loop, server) -> {
            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
            on.until("the handler runs", () -> server.clientCount() == 1);
            on.passes(2);
            server.close();
            server.abortClients();
            server.waitClosed();
            assertThatEnds(client);
            on.until("the handler has ended", () -> !thrown.isEmpty());
            assertThat(thrown)
                    .singleElement()
                    .satisfies(lost -> assertThat(lost).hasMessage("connection lost"));
            client.close();
        });
    }

    @Proves(
            value = {"S-64", "S-65"},
            ports = "test_streams.test_drain_raises")
    @Test
    void writingToAPeerThatHasGoneThrowsAndDoesNotLoop() throws Exception {
        StreamHandler handler = (reader, writer) -> reader.read();
        withServer(handler, (loop, server) -> {
            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
            client.writer().write("go", US_ASCII);
            assertThatThrownBy(() -> {
                        while (true) {
                            client.writer().write("data", US_ASCII);
                            client.writer().drain();
                            Task.yield();
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(client.writer()::waitClosed).isInstanceOf(IOException.class);
            client.close();
        });
    }

    @Proves(value = "open_connection", ports = "test_streams.test_open_connection_error")
    @Test
    void aRefusedConnectionIsAConnectException() throws Exception {
        try (TestLoop testLoop = TestLoop.over(net)) {
            int nobody = FreePort.next();
            testLoop.run(() -> assertThatThrownBy(() -> Streams.openConnection(testLoop.loop, HOST, nobody))
                    .isInstanceOf(ConnectException.class));
        }
    }

    @Proves(
            value = {"S-63", "StreamWriter.wait_closed"},
            ports = {"test_streams.test_wait_closed_on_close", "test_streams.test_wait_closed_on_close_with_unread_data"
            })
    @Test
    void waitClosedAfterEverythingWasReadAndWithUnreadData() throws Exception {
        StreamHandler handler = (reader, writer) -> {
            reader.nextLine();
            writer.write("HTTP/1.0 200 OK\r\n\r\nTest message", US_ASCII);
        };
        withServer(handler, (loop, server) -> {
            for (boolean readAll : new boolean[] {true, false}) {
                StreamConnection client = Streams.openConnection(loop, HOST, server.port());
                client.writer().write("GET / HTTP/1.0\r\n", US_ASCII);
                assertThat(text(client.reader().readLine())).isEqualTo("HTTP/1.0 200 OK\r\n");
                if (readAll) {
                    assertThat(text(client.reader().read(-1))).endsWith("Test message");
                }
                close(client);
            }
        });
    }

    @Test
    void ioThroughViewsOfJavaIo() throws Exception {
        StreamHandler handler = (reader, writer) -> reader.asInputStream().transferTo(writer.asOutputStream());
        withServer(handler, (loop, server) -> {
            StreamConnection client = Streams.openConnection(loop, HOST, server.port());
            client.writer().write(ascii("through the pipe"));
            client.writer().writeEof();
            assertThat(text(client.reader().asInputStream().readAllBytes())).isEqualTo("through the pipe");
            close(client);
        });
    }

    @Proves(
            value = {"S-51", "W11"},
            ports = "test_streams.test_unclosed_resource_warnings")
    @Test
    void aConnectionThatWasDroppedIsReportedAndClosed() throws Exception {
        assumeTrue(Net.real().anyMatch(net::equals), "garbage is collected in real time");
        withServer(StreamEchoes::echo, (loop, server) -> {
            openAndForget(loop, server.port());
            on.until("the server's side has ended", () -> {
                System.gc();
                return server.clientCount() == 0;
            });
            assertThat(on.reported()).singleElement().satisfies(context -> {
                assertThat(context.message()).startsWith("An open stream was garbage collected");
                assertThat(context.details()).containsKey("transport");
            });
        });
    }

    private static void openAndForget(EventLoop loop, int port) throws Exception {
        StreamConnection forgotten = Streams.openConnection(loop, HOST, port);
        forgotten.writer().write("hello", US_ASCII);
        assertThat(text(forgotten.reader().readExactly(5))).isEqualTo("hello");
    }
}
