package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.transport.BufferedProtocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;

/** Framing on the middle doll: four bytes of length, and so many bytes more, are sent back when they are complete. */
public final class LengthPrefixed implements BufferedProtocol {
    private static final int MESSAGE_MAX_BYTES = 64 * 1024;

    private final ByteBuffer kept = ByteBuffer.allocateDirect(Integer.BYTES + MESSAGE_MAX_BYTES);

    @SuppressWarnings("NullAway.Init") // connectionMade comes first
    private Transport transport;

    @Override
    public void connectionMade(Transport made) {
        transport = made;
    }

    @Override
    public ByteBuffer getBuffer(int sizeHint) {
        return kept; // it has room: were it full, there would be a whole message in it
    }

    @Override
    public void bufferUpdated(int byteCount) {
        kept.flip();
        while (kept.remaining() >= Integer.BYTES) {
            int length = kept.getInt(kept.position());
            if (length < 0 || length > MESSAGE_MAX_BYTES) {
                transport.abort(); // what comes behind a wrong length means nothing
                return;
            }
            if (kept.remaining() < Integer.BYTES + length) {
                break;
            }
            transport.write(kept.slice(kept.position(), Integer.BYTES + length));
            kept.position(kept.position() + Integer.BYTES + length);
        }
        kept.compact();
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
                loop.createServer(LengthPrefixed::new, "127.0.0.1", port).serveForever());
    }
}
