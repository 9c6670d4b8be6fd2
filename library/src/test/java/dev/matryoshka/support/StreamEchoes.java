package dev.matryoshka.support;

import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import java.nio.ByteBuffer;

/** The handler of servers that only have to answer. */
public final class StreamEchoes {
    private StreamEchoes() {}

    /** Writes every window as it is, until the end. */
    public static void echo(StreamReader reader, StreamWriter writer) throws Exception {
        for (ByteBuffer data; (data = reader.read()).hasRemaining(); ) {
            writer.write(data);
        }
    }
}
