package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The three requests, against the JDK's own server. */
class HttpGetTest {
    private static final String BODY = "Matryoshka — 套娃\n".repeat(5_000);

    private static Stream<Named<RunningMain.Program>> clients() {
        return Stream.of(
                Named.of("HttpGetSocket", HttpGetSocket::main),
                Named.of("HttpGetProtocol", HttpGetProtocol::main),
                Named.of("HttpGetStream", HttpGetStream::main));
    }

    @Tag("S-1")
    @Tag("S-8")
    @ParameterizedTest
    @MethodSource("clients")
    void theWholeResponseIsPrinted(RunningMain.Program client) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        server.createContext("/dolls", exchange -> {
            byte[] body = BODY.getBytes(UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            String printed = Output.of(client, "localhost", server.getAddress().getPort(), "/dolls");

            assertThat(printed).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\n" + BODY + "\n");
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @MethodSource("clients")
    void whereNobodyListensTheFailureSaysSo(RunningMain.Program client) throws Exception {
        try (Refusing nobody = Refusing.open()) {
            assertThatThrownBy(() -> Output.of(client, "127.0.0.1", nobody.port(), "/"))
                    .satisfiesAnyOf(
                            failure -> assertThat(failure).isInstanceOf(ConnectException.class),
                            failure -> assertThat(failure)
                                    .isInstanceOf(ExecutionException.class)
                                    .hasCauseInstanceOf(ConnectException.class))
                    .hasMessageContaining(String.valueOf(nobody.port()));
        }
    }
}
