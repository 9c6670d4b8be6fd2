package dev.matryoshka.cli.echo;

import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;

/** Middle doll with memory of its own: the kernel puts bytes there, and takes them from there. */
final class EchoBuffered implements BufferedProtocol {
    private final SharedBuffer memory;

    @SuppressWarnings("NullAway.Init") // set before any other callback
    private Transport transport;

    EchoBuffered(SharedBuffer memory) {
        this.memory = memory;
    }

    @Override
    public void connectionMade(Transport made) {
        transport = made;
    }

    @Override
    public ByteBuffer getBuffer(int sizeHint) {
        return memory.toFill();
    }

    @Override
    public void bufferUpdated(int byteCount) {
        transport.write(memory.filled());
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
