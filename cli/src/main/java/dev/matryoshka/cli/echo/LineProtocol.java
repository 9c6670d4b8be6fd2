package dev.matryoshka.cli.echo;

import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;

/** Middle doll, line by line: one write per line; the transport sends what a callback wrote in one call. */
final class LineProtocol implements Protocol {
    private final EchoOptions options;
    private final LineSplitter splitter = new LineSplitter(EchoOptions.LINE_MAX_BYTES);

    @SuppressWarnings("NullAway.Init") // both are set before any other callback
    private Transport transport;

    @SuppressWarnings("NullAway.Init")
    private LineSplitter.Sink sink;

    LineProtocol(EchoOptions options) {
        this.options = options;
    }

    @Override
    public void connectionMade(Transport made) {
        transport = made;
        sink = made::write;
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        if (!splitter.split(data, sink)) {
            options.complainOfLine(transport.remoteAddress());
            transport.close();
        }
    }

    @Override
    public boolean eofReceived() {
        splitter.finish(sink);
        return false;
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
