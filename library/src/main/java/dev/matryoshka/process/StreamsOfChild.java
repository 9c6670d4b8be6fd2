package dev.matryoshka.process;

import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.stream.Streams;
import dev.matryoshka.transport.Transport;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Puts streams on the pipes of a child (asyncio's {@code SubprocessStreamProtocol}). The pipes feed them directly; nothing comes
 * through here. Loop thread only.
 */
final class StreamsOfChild implements SubprocessProtocol {
    private final StreamOptions options;
    private @Nullable Subprocess subprocess;

    StreamsOfChild(StreamOptions options) {
        this.options = options;
    }

    @Override
    public void connectionMade(SubprocessTransport transport) {
        StreamConnection stdin = streams(transport, 0);
        StreamConnection stdout = streams(transport, 1);
        StreamConnection stderr = streams(transport, 2);
        subprocess = new Subprocess(
                (ChildTransport) transport,
                stdin == null ? null : stdin.writer(),
                stdout == null ? null : stdout.reader(),
                stderr == null ? null : stderr.reader());
    }

    private @Nullable StreamConnection streams(SubprocessTransport transport, int stream) {
        Transport pipe = transport.pipeTransport(stream);
        return pipe == null ? null : Streams.over(pipe, options);
    }

    Subprocess subprocess() {
        return Objects.requireNonNull(subprocess, "connectionMade");
    }
}
