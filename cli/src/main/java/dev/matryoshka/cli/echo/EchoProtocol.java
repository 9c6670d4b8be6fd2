package dev.matryoshka.cli.echo;

import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;

/** Middle doll. What arrives is written while it is lent; a peer that does not read is not read from. */
final class EchoProtocol implements Protocol {
    @SuppressWarnings("NullAway.Init") // set before any other callback
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
}
