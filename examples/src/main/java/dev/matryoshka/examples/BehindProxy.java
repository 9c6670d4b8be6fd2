package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.layer.Capture;
import dev.matryoshka.layer.ProxyOptions;
import dev.matryoshka.layer.ProxyProtocol;
import dev.matryoshka.layer.WireLog;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Greets each client by its real address, which a proxy tells in front of the connection, and echoes. What goes over the
 * connections is captured for Wireshark, and logged while the logger dev.matryoshka.wire is at DEBUG. Arguments: the port to
 * serve on, the file to capture to.
 */
public final class BehindProxy implements Protocol {
    @SuppressWarnings("NullAway.Init") // connectionMade comes first
    private Transport transport;

    @Override
    public void connectionMade(Transport made) {
        transport = made;
        transport.write(("hello " + made.remoteAddress() + "\n").getBytes(UTF_8));
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        transport.write(data);
    }

    @Override
    public void pauseWriting() {
        transport.pauseReading();
    }

    @Override
    public void resumeWriting() {
        transport.resumeReading();
    }

    public static void main(String... args) throws Exception {
        int port = Integer.parseInt(args[0]);
        try (Capture capture = Capture.open(Path.of(args[1]))) {
            Supplier<BaseProtocol> seen = capture.around(WireLog.create().around(BehindProxy::new));
            Supplier<BaseProtocol> proxied = ProxyProtocol.accept(seen, ProxyOptions.trusting("127.0.0.0/8", "::1"));
            EventLoop.run(loop -> loop.createServer(proxied, "127.0.0.1", port).serveForever());
        }
    }
}
