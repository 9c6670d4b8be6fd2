package dev.matryoshka.benchmarks.load;

import dev.matryoshka.benchmarks.Payload;
import java.nio.ByteBuffer;

/**
 * What is said on a connection, over and over.
 *
 * @param batch what is sent in one go
 * @param answer what comes back for all of it
 * @param requests how many requests a batch is
 */
record Talk(ByteBuffer batch, ByteBuffer answer, int requests) {
    /** Messages that come back as they are; each ends with a newline. */
    static Talk echo(int sizeBytes, int requests) {
        ByteBuffer message = Messages.ofSize(sizeBytes);
        ByteBuffer batch = ByteBuffer.allocateDirect(Math.multiplyExact(sizeBytes, requests));
        while (batch.hasRemaining()) {
            batch.put(message.rewind());
        }
        return new Talk(batch.flip(), batch, requests);
    }

    /** Short lines, each of which is answered by a head and a body. */
    static Talk twoWrite() {
        ByteBuffer answer = ByteBuffer.allocateDirect(Payload.HEAD_BYTES + Payload.BODY_BYTES)
                .put(Payload.array(Payload.HEAD_BYTES))
                .put(Payload.array(Payload.BODY_BYTES));
        return new Talk(Messages.ofSize(Payload.REQUEST_BYTES), answer.flip(), 1);
    }
}
