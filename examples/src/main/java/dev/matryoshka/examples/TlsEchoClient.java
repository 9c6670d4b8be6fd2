package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.tls.TlsTransport;
import java.nio.file.Path;

/** Sends a line over TLS and prints what comes back. Arguments: a port, and whom to trust as a PEM file. */
public final class TlsEchoClient {
    private TlsEchoClient() {}

    public static void main(String[] arguments) throws Exception {
        TlsOptions tls = TlsOptions.client().trusting(Path.of(arguments[1]));
        EventLoop.run(loop -> {
            int port = Integer.parseInt(arguments[0]);
            try (StreamConnection echo = loop.openConnection("localhost", port, tls)) {
                echo.writer().write("hello, world\n", UTF_8);
                System.out.println(echo.reader().readLine(UTF_8));
                TlsTransport transport = (TlsTransport) echo.writer().transport();
                System.out.println(transport.session().getProtocol());
            }
        });
    }
}
