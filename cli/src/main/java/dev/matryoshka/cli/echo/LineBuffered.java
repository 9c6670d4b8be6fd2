package dev.matryoshka.cli.echo;

import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;

/** As {@link LineProtocol}, receiving into memory of its own. */
final class LineBuffered implements BufferedProtocol {
    private final SharedBuffer memory;
    private final LineProtocol lines;

    LineBuffered(EchoOptions options, SharedBuffer memory) {
        this.memory = memory;
        this.lines = new LineProtocol(options);
    }

    @Override
    public void connectionMade(Transport made) {
        lines.connectionMade(made);
    }

    @Override
    public ByteBuffer getBuffer(int sizeHint) {
        return memory.toFill();
    }

    @Override
    public void bufferUpdated(int byteCount) {
        lines.dataReceived(memory.filled());
    }

    @Override
    public boolean eofReceived() {
        return lines.eofReceived();
    }

    @Override
    public void pauseWriting() {
        lines.pauseWriting();
    }

    @Override
    public void resumeWriting() {
        lines.resumeWriting();
    }
}
