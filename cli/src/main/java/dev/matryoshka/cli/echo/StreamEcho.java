package dev.matryoshka.cli.echo;

import dev.matryoshka.stream.LimitOverrunException;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Outer doll: straight-line code. A write parks while the peer does not read; returning flushes and closes. */
record StreamEcho(EchoOptions options) {
    void bytes(StreamReader reader, StreamWriter writer) throws IOException, InterruptedException {
        for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
            writer.write(data);
        }
    }

    void lines(StreamReader reader, StreamWriter writer) throws IOException, InterruptedException {
        try {
            for (ByteBuffer line; (line = reader.nextLine()).hasRemaining(); ) {
                writer.write(line);
            }
        } catch (LimitOverrunException tooLong) {
            options.complainOfLine(writer.remoteAddress());
        }
    }
}
