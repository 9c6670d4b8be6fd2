package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.transport.Server;
import java.nio.file.Path;

/** Begins in plain, and goes on over TLS when it is asked to, as mail servers do. Arguments as for TlsEchoServer. */
public final class StartTlsServer {
    private StartTlsServer() {}

    public static void main(String[] arguments) throws Exception {
        TlsOptions tls = TlsOptions.server(Path.of(arguments[1]), Path.of(arguments[2]));
        EventLoop.run(loop -> {
            int port = Integer.parseInt(arguments[0]);
            Server server = loop.startServer((reader, writer) -> serve(reader, writer, tls), "127.0.0.1", port);
            System.out.println("listening on 127.0.0.1:" + server.port());
            server.serveForever();
        });
    }

    private static void serve(StreamReader reader, StreamWriter writer, TlsOptions tls) throws Exception {
        for (String line; (line = reader.readLine(US_ASCII)) != null; ) {
            if (line.equals("STARTTLS")) {
                writer.write("220 go ahead\n", US_ASCII);
                writer.startTls(tls);
            } else {
                writer.write("250 " + line + "\n", US_ASCII);
            }
        }
    }
}
