package dev.matryoshka.process;

import dev.matryoshka.transport.Protocol;
import java.nio.ByteBuffer;

/** What a pipe of a child has as long as nobody gives it another: it passes all on to the child's protocol. Loop thread only. */
final class PipeProtocol implements Protocol {
    private final ChildTransport child;
    private final int stream;

    PipeProtocol(ChildTransport child, int stream) {
        this.child = child;
        this.stream = stream;
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        child.protocol().pipeDataReceived(stream, data);
    }

    @Override
    public void pauseWriting() {
        child.protocol().pauseWriting();
    }

    @Override
    public void resumeWriting() {
        child.protocol().resumeWriting();
    }
}
