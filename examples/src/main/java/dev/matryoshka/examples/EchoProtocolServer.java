package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;

/** Echo on the middle doll: callbacks, the fastest way. Who does not read what we send is not read from meanwhile. */
public final class EchoProtocolServer implements Protocol {
    @SuppressWarnings("NullAway.Init") // connectionMade comes first
    private Transport transport;

    @Override
    public void connectionMade(Transport made) {
        transport = made;
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
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        EventLoop.run(loop ->
                loop.createServer(EchoProtocolServer::new, "127.0.0.1", port).serveForever());
    }
}
