package dev.matryoshka.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.loop.BusyException;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.StreamEchoes;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.tls.TlsTransport;
import dev.matryoshka.tls.TlsTruncatedException;
import dev.matryoshka.transport.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Goal: straight-line code over TLS reads and writes what it would over plain connections. Method: both ends on one loop. */
@ExtendWith(LeakCheck.class)
class StreamTlsTest {
    private static final String HOST = "127.0.0.1";
    private static final TlsOptions NAMED = Certificates.client().withServerName("localhost");

    private interface TestBody {
        void run(TestLoop on) throws Exception;
    }

    private static void over(Net net, TestBody body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> body.run(on));
        }
    }

    private static void ended(Server server, StreamConnection client) throws Exception {
        client.close();
        client.writer().waitClosed();
        server.close();
        server.waitClosed();
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    @Proves(
            value = {"open_connection", "start_server"},
            ports = {
                "test_ssl.test_create_server_ssl_1",
                "test_ssl.test_create_connection_ssl_1",
                "test_streams.test_open_connection_no_loop_ssl"
            })
    void anEchoServer(Net net) throws Exception {
        byte[] sent = Bytes.numbered(net.amount() / 3);
        over(net, on -> {
            Server server = on.loop.startServer(StreamEchoes::echo, HOST, 0, Certificates.server());
            StreamConnection client = on.loop.openConnection(HOST, server.port(), Certificates.client());
            Task<?> sending = on.loop.createTask(() -> client.writer().write(sent));
            assertThat(client.reader().readExactly(sent.length)).isEqualTo(sent);
            sending.await();
            ended(server, client);
        });
    }

    @Test
    @Proves("W4")
    void afterTheClientsEndTheServerCanStillAnswer() throws Exception {
        over(Net.MEMORY, on -> {
            Server server = on.loop.startServer(
                    (reader, writer) -> {
                        byte[] all = reader.read(-1);
                        writer.write(("got " + all.length).getBytes(US_ASCII));
                    },
                    HOST,
                    0,
                    Certificates.server());
            StreamConnection client = on.loop.openConnection(HOST, server.port(), Certificates.client());
            client.writer().write(new byte[100_000]);
            client.writer().writeEof();
            assertThat(client.reader().read(-1)).asString(US_ASCII).isEqualTo("got 100000");
            ended(server, client);
        });
    }

    @Test
    @Proves({"W3", "W4", "I-13"})
    void bytesComeBeforeTheNewsThatTheConnectionWasCutOff() throws Exception {
        over(Net.MEMORY, on -> {
            Server server = on.loop.startServer(
                    (reader, writer) -> {
                        writer.write("half a mess".getBytes(US_ASCII));
                        reader.read();
                        on.passes(2); // it has left
                        // As a process that is killed: the socket ends, TLS says nothing.
                        ((TlsTransport) writer.transport()).abort();
                    },
                    HOST,
                    0,
                    Certificates.server());
            StreamConnection client = on.loop.openConnection(HOST, server.port(), Certificates.client());
            client.writer().write(new byte[1]);
            assertThat(client.reader().readExactly(11)).asString(US_ASCII).isEqualTo("half a mess");
            assertThatThrownBy(() -> client.reader().read()).isInstanceOf(TlsTruncatedException.class);
            assertThatThrownBy(() -> client.writer().waitClosed()).isInstanceOf(TlsTruncatedException.class);
            server.close();
            server.waitClosed();
        });
    }

    // ---- start_tls ------------------------------------------------------------------------------------------------

    private static void startTlsServer(StreamReader reader, StreamWriter writer) throws Exception {
        assertThat(reader.readLine(US_ASCII)).isEqualTo("STARTTLS");
        writer.write("go ahead\n", US_ASCII);
        writer.startTls(Certificates.server());
        assertThat(writer.transport()).isInstanceOf(TlsTransport.class);
        StreamEchoes.echo(reader, writer);
    }

    @ParameterizedTest
    @EnumSource(Net.class)
    @Proves(
            value = {"start_tls", "B15", "I-11", "StreamWriter.start_tls"},
            ports = "test_streams.test_start_tls")
    void bothSidesStartTlsInTheMiddle(Net net) throws Exception {
        byte[] secret = Bytes.numbered(net.amount() / 10);
        over(net, on -> {
            Server server = on.loop.startServer(StreamTlsTest::startTlsServer, HOST, 0);
            StreamConnection client = on.loop.openConnection(HOST, server.port());
            client.writer().write("STARTTLS\n", US_ASCII);
            assertThat(client.reader().readLine(US_ASCII)).isEqualTo("go ahead");
            client.writer().startTls(NAMED);
            Task<?> sending = on.loop.createTask(() -> client.writer().write(secret));
            assertThat(client.reader().readExactly(secret.length)).isEqualTo(secret);
            sending.await();
            assertThat(client.writer().transport()).isInstanceOf(TlsTransport.class);
            ended(server, client);
        });
    }

    /** The client does not wait for the go-ahead: line and hello come in one segment (I-11). */
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    @Proves({"B15", "I-11"})
    void whatTheReaderHasReadAheadIsTheBeginningOfTheHandshake(Net net) throws Exception {
        over(net, on -> {
            Server server = on.loop.startServer(
                    (reader, writer) -> {
                        assertThat(reader.readLine(US_ASCII)).isEqualTo("STARTTLS");
                        on.until("the hello is here too", () -> reader.bufferedBytes() > 0);
                        writer.startTls(Certificates.server());
                        assertThat(reader.bufferedBytes())
                                .as("none of it is plaintext")
                                .isZero();
                        StreamEchoes.echo(reader, writer);
                    },
                    HOST,
                    0);
            StreamConnection client = on.loop.openConnection(HOST, server.port());
            client.writer().write("STARTTLS\n", US_ASCII);
            client.writer().startTls(NAMED);
            client.writer().write("secret\n", US_ASCII);
            assertThat(client.reader().readLine(US_ASCII)).isEqualTo("secret");
            ended(server, client);
        });
    }

    /** Somebody in the middle adds a command to the plain part, to have it executed as if it had come by TLS (CVE-2011-0411). */
    @Test
    @Proves("B15")
    void aCommandSmuggledInBeforeTheHandshakeIsNeverRead() throws Exception {
        over(Net.MEMORY, on -> {
            Task<?>[] serving = new Task<?>[1];
            Server server = on.loop.startServer(
                    (reader, writer) -> {
                        serving[0] = Task.current();
                        assertThat(reader.readLine(US_ASCII)).isEqualTo("STARTTLS");
                        on.until("more is here", () -> reader.bufferedBytes() > 0);
                        assertThatThrownBy(() -> writer.startTls(Certificates.server()))
                                .isInstanceOf(IOException.class);
                        assertThat(reader.bufferedBytes()).isZero();
                        assertThatThrownBy(reader::readLine).isInstanceOf(IOException.class);
                    },
                    HOST,
                    0);
            try (Peer peer = Peer.connect(on, server.port())) {
                peer.send("STARTTLS\nRCPT TO:<victim@example.org>\n");
                on.until("the server has ended it", () -> serving[0] != null && serving[0].isDone());
            }
            server.close();
            server.waitClosed();
        });
    }

    @Test
    void whatAnotherTaskWritesMeanwhileIsEncryptedToo() throws Exception {
        over(Net.MEMORY, on -> {
            Server server = on.loop.startServer(StreamTlsTest::startTlsServer, HOST, 0);
            StreamConnection client = on.loop.openConnection(HOST, server.port());
            client.writer().write("STARTTLS\n", US_ASCII);
            assertThat(client.reader().readLine(US_ASCII)).isEqualTo("go ahead");
            Task<?> other = on.loop.createTask(() -> client.writer().write("from another task\n", US_ASCII));
            client.writer().startTls(NAMED);
            other.await();
            assertThat(client.reader().readLine(US_ASCII)).isEqualTo("from another task");
            ended(server, client);
        });
    }

    @Test
    void nobodyMayReadMeanwhile() throws Exception {
        over(Net.MEMORY, on -> {
            Server server = on.loop.startServer(StreamEchoes::echo, HOST, 0);
            StreamConnection client = on.loop.openConnection(HOST, server.port());
            Task<byte[]> reading = on.loop.createTask(() -> client.reader().read(1));
            on.passes(2);
            assertThatThrownBy(() -> client.writer().startTls(NAMED)).isInstanceOf(BusyException.class);
            client.writer().write("!", US_ASCII);
            assertThat(reading.await()).asString(US_ASCII).isEqualTo("!");
            assertThatThrownBy(() -> client.writer().startTls(Certificates.client()))
                    .isInstanceOf(IllegalArgumentException.class);
            ended(server, client);
        });
    }

    /** Below where reading pauses, and above. */
    @ParameterizedTest
    @ValueSource(ints = {4, 100})
    void optionsThatAreRefusedTakeNothingOfWhatWasReadAhead(int unread) throws Exception {
        byte[] ahead = StreamRig.pattern(unread);
        StreamRig.run(10, rig -> {
            rig.feed(ahead);
            boolean reading = rig.transport.isReading();
            assertThat(reading).isEqualTo(unread == 4);
            List<TlsOptions> refused = List.of(
                    Certificates.client(),
                    NAMED.withParameters(parameters -> parameters.setProtocols(new String[] {"TLSv0"})));
            for (TlsOptions options : refused) {
                assertThatThrownBy(() -> rig.writer.startTls(options)).isInstanceOf(IllegalArgumentException.class);
                assertThat(rig.reader.bufferedBytes()).isEqualTo(unread);
                assertThat(rig.transport.isReading()).isEqualTo(reading);
            }
            assertThat(rig.reader.read(unread)).isEqualTo(ahead);
            assertThat(rig.transport.isReading()).isTrue();
            rig.feed("more");
            assertThat(rig.reader.readExactly(4)).asString(US_ASCII).isEqualTo("more");
        });
    }

    @Test
    void nobodyMayBeginToReadWhileStartTlsDrains() throws Exception {
        over(Net.MEMORY, on -> {
            CountDownLatch gate = new CountDownLatch(1);
            Server server = on.loop.startServer(
                    (reader, writer) -> {
                        gate.await();
                        reader.readExactly(1_000_000);
                        writer.write("!", US_ASCII);
                        reader.read();
                    },
                    HOST,
                    0);
            StreamConnection client = on.loop.openConnection(HOST, server.port());
            client.writer().transport().write(new byte[1_000_000]);
            Task<?> securing = on.loop.createTask(() -> client.writer().startTls(NAMED));
            on.passes(2);
            Task<byte[]> reading = on.loop.createTask(() -> client.reader().read(1));
            on.passes(2);
            gate.countDown();
            assertThatThrownBy(securing::await).isInstanceOf(BusyException.class);
            assertThat(reading.await()).asString(US_ASCII).isEqualTo("!");
            ended(server, client);
        });
    }

    @Test
    void aHandshakeThatFailsBreaksTheStreamsAsWell() throws Exception {
        over(Net.MEMORY, on -> {
            Server server = on.loop.startServer(StreamTlsTest::startTlsServer, HOST, 0);
            StreamConnection client = on.loop.openConnection(HOST, server.port());
            client.writer().write("STARTTLS\n", US_ASCII);
            assertThat(client.reader().readLine(US_ASCII)).isEqualTo("go ahead");
            TlsOptions another = NAMED.withServerName("another.example");
            assertThatThrownBy(() -> client.writer().startTls(another)).isInstanceOf(SSLHandshakeException.class);
            assertThatThrownBy(() -> client.reader().read()).isInstanceOf(SSLHandshakeException.class);
            assertThatThrownBy(() -> client.writer().waitClosed()).isInstanceOf(SSLHandshakeException.class);
            client.close();
            server.close();
            server.waitClosed();
        });
    }

    @Test
    void cancelledInTheHandshakeTheConnectionIsGone() throws Exception {
        over(Net.MEMORY, on -> {
            Server server = on.loop.startServer((reader, writer) -> reader.read(-1), HOST, 0);
            StreamConnection client = on.loop.openConnection(HOST, server.port());
            Task<?> starting = on.loop.createTask(() -> client.writer().startTls(NAMED));
            Task.sleep(Duration.ofSeconds(1));
            starting.cancel();
            on.until("it has ended", starting::isDone);
            assertThat(starting.isCancelled()).isTrue();
            on.until("the server noticed", () -> server.clientCount() == 0);
            server.close();
            server.waitClosed();
        });
    }
}
