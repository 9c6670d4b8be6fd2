package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.tls.TlsOptions;
import dev.matryoshka.transport.Server;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Echoes over TLS. Arguments: a port, or 0 for any; the certificate and the key as PEM files. */
public final class TlsEchoServer {
    private TlsEchoServer() {}

    public static void main(String[] arguments) throws Exception {
        TlsOptions tls = TlsOptions.server(Path.of(arguments[1]), Path.of(arguments[2]));
        EventLoop.run(loop -> {
            Server server = loop.startServer(
                    (reader, writer) -> {
                        for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
                            writer.write(data);
                        }
                    },
                    "127.0.0.1",
                    Integer.parseInt(arguments[0]),
                    tls);
            System.out.println("listening on 127.0.0.1:" + server.port());
            server.serveForever();
        });
    }
}
