package dev.matryoshka.transport;

import dev.matryoshka.engine.Engines;
import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.PipePump;
import dev.matryoshka.kernel.BridgePipe;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.NotPollableException;
import dev.matryoshka.kernel.PipeEnds;
import dev.matryoshka.kernel.PipeMode;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopClosedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a pipe transport is put on: one end of a pipe, a FIFO, a terminal, a standard stream of this process. Nothing is opened
 * before it is connected, and it is connected once: by {@link Pipes#connectReadPipe} or {@link Pipes#connectWritePipe}. Any thread.
 *
 * <p>Where the loop's kernel can watch the thing it does, and no thread is involved ({@code epoll}: pipes, FIFOs, terminals,
 * sockets). Else a thread waits for it and copies through a pipe: always on {@code nio}, and for regular files behind standard streams.
 * A thread that waits for input cannot be stopped: it ends with the next bytes, 64 KiB of which at most are lost.
 */
public final class PipeEnd implements AutoCloseable {
    /** How it becomes an end that a loop can watch. */
    private interface Source {
        /** The way without a thread. */
        NonBlockingIo open(LoopEngine engine, PipeMode mode) throws IOException;

        /** The way with one, when the first answers UnsupportedOperationException. */
        NonBlockingIo bridge(LoopEngine engine, PipeMode mode, Consumer<IOException> onFailure) throws IOException;

        /** Refuses a loop that it cannot be connected on; nothing has happened then. */
        default void check(LoopEngine engine) {}

        /** It was never connected. */
        default void drop() {}
    }

    private final String name;
    private final @Nullable PipeMode only;
    private final Source source;
    private boolean taken;

    private PipeEnd(String name, @Nullable PipeMode only, Source source) {
        this.name = name;
        this.only = only;
        this.source = source;
    }

    // ---- kinds ----------------------------------------------------------------------------------------------------

    /**
     * A FIFO or a character device. It is opened without waiting: a FIFO is read from when somebody writes it, and cannot be
     * written before somebody reads it (a thread, on {@code nio}, waits for that).
     */
    public static PipeEnd path(Path path) {
        return new PipeEnd(path.toString(), null, new Source() {
            @Override
            public NonBlockingIo open(LoopEngine engine, PipeMode mode) throws IOException {
                return engine.kernel().openPipe(path, mode);
            }

            @Override
            public NonBlockingIo bridge(LoopEngine engine, PipeMode mode, Consumer<IOException> onFailure)
                    throws IOException {
                if (Files.isRegularFile(path) || Files.isDirectory(path)) {
                    throw new IllegalArgumentException("a pipe transport is for pipes, sockets and character devices,"
                            + " and this is none: " + path);
                }
                return PipeEnd.bridge(
                        engine,
                        mode,
                        () -> Files.newInputStream(path),
                        () -> Files.newOutputStream(path, StandardOpenOption.WRITE),
                        onFailure);
            }
        });
    }

    /**
     * A descriptor that this process has, of a pipe, socket, FIFO or character device, as {@code systemd} hands them over. The
     * transport owns it from then on, makes it non-blocking, and closes it. {@code epoll} only.
     *
     * @param number 0 or more
     * @throws IllegalArgumentException it is negative
     */
    public static PipeEnd descriptor(int number) {
        if (number < 0) {
            throw new IllegalArgumentException("not a descriptor: " + number);
        }
        return new PipeEnd("descriptor " + number, null, new Source() {
            @Override
            public NonBlockingIo open(LoopEngine engine, PipeMode mode) throws IOException {
                return engine.kernel().adoptPipe(number, mode);
            }

            @Override
            public NonBlockingIo bridge(LoopEngine engine, PipeMode mode, Consumer<IOException> onFailure) {
                throw new UnsupportedOperationException("descriptor " + number + " cannot be watched by this loop");
            }
        });
    }

    /** Standard input of this process, which stays open and blocking for everybody else who has it. Do not read System.in too. */
    public static PipeEnd standardInput() {
        return new PipeEnd("standard input", PipeMode.READ, new StandardStream(0));
    }

    /** Standard output, which stays open and blocking for everybody else who has it; not ordered with System.out. */
    public static PipeEnd standardOutput() {
        return new PipeEnd("standard output", PipeMode.WRITE, new StandardStream(1));
    }

    /** Standard error, as {@link #standardOutput()}. */
    public static PipeEnd standardError() {
        return new PipeEnd("standard error", PipeMode.WRITE, new StandardStream(2));
    }

    /** Any stream of java.io that blocks; a thread of its own reads it, at most 128 KiB ahead, and closes it at the end. */
    public static PipeEnd of(InputStream blocking) {
        Objects.requireNonNull(blocking, "stream");
        return new PipeEnd("a stream", PipeMode.READ, new JavaStream(blocking, OutputStream.nullOutputStream()));
    }

    /** Any stream of java.io that blocks; a thread of its own writes it, flushes whenever it has caught up, and closes it. */
    public static PipeEnd of(OutputStream blocking) {
        Objects.requireNonNull(blocking, "stream");
        return new PipeEnd("a stream", PipeMode.WRITE, new JavaStream(InputStream.nullInputStream(), blocking));
    }

    /** Both ends of a pipe within this loop. */
    public record Pair(PipeEnd reader, PipeEnd writer) {}

    /**
     * Makes a pipe of the loop's kernel, both ends for transports of that loop; pipe(2). Loop thread. Connect or close both.
     *
     * @throws IOException descriptors or memory have run out
     */
    public static Pair pair(Loop loop) throws IOException {
        LoopEngine engine = Engines.of(loop);
        engine.checkUsable();
        PipeEnds ends = engine.kernel().openPipe();
        return new Pair(
                new PipeEnd("a pipe", PipeMode.READ, new KernelEnd(engine, ends.reader())),
                new PipeEnd("a pipe", PipeMode.WRITE, new KernelEnd(engine, ends.writer())));
    }

    // ---- connecting -----------------------------------------------------------------------------------------------

    /** What is found out away from the loop, and the transport that is to be told. */
    private static final class Failure implements Consumer<IOException> {
        private final LoopEngine engine;
        private @Nullable PipeTransport transport;

        Failure(LoopEngine engine) {
            this.engine = engine;
        }

        @Override
        public void accept(IOException failure) {
            try {
                var ignored = engine.callSoonThreadsafe(() -> tell(failure));
            } catch (LoopClosedException gone) {
                return; // with the transport
            }
        }

        private void tell(IOException failure) {
            if (transport != null) {
                transport.fatal("Fatal error on the stream behind a pipe transport", failure);
            }
        }
    }

    /** A transport in its first state; nothing is left open when this throws. */
    PipeTransport connect(LoopEngine engine, PipeMode mode, BaseProtocol protocol, WaterMarks marks)
            throws IOException {
        if (only != null && only != mode) {
            throw new IllegalArgumentException(name + " cannot be " + (mode == PipeMode.READ ? "read" : "written"));
        }
        if (taken) {
            throw new IllegalStateException(name + " is connected already, or closed");
        }
        source.check(engine);
        taken = true;
        try {
            return transport(engine, source.open(engine, mode), mode, protocol, marks);
        } catch (UnsupportedOperationException | NotPollableException needsThread) {
            Failure failure = new Failure(engine);
            PipeTransport transport = transport(engine, source.bridge(engine, mode, failure), mode, protocol, marks);
            failure.transport = transport;
            return transport;
        }
    }

    private static PipeTransport transport(
            LoopEngine engine, NonBlockingIo io, PipeMode mode, BaseProtocol protocol, WaterMarks marks)
            throws IOException {
        try {
            return new PipeTransport(engine, io, mode, protocol, marks);
        } catch (IOException | RuntimeException unwatched) {
            io.close();
            throw unwatched;
        }
    }

    private static NonBlockingIo bridge(
            LoopEngine engine,
            PipeMode mode,
            PipePump.Opening<InputStream> in,
            PipePump.Opening<OutputStream> out,
            Consumer<IOException> onFailure)
            throws IOException {
        BridgePipe pipe = engine.kernel().openBridge(mode);
        if (mode == PipeMode.READ) {
            PipePump.read(in, pipe.sink(), onFailure);
        } else {
            PipePump.write(pipe.source(), out, onFailure);
        }
        return pipe.ours();
    }

    /** Gives up an end that was not connected; else nothing. */
    @Override
    public void close() {
        if (!taken) {
            taken = true;
            source.drop();
        }
    }

    @Override
    public String toString() {
        return "PipeEnd[" + name + "]";
    }

    // ---- what they stand on ---------------------------------------------------------------------------------------

    private record StandardStream(int number) implements Source {
        @Override
        public NonBlockingIo open(LoopEngine engine, PipeMode mode) throws IOException {
            try {
                return engine.kernel().sharePipe(number, mode);
            } catch (IllegalArgumentException regularFile) {
                throw new UnsupportedOperationException(regularFile);
            }
        }

        @Override
        public NonBlockingIo bridge(LoopEngine engine, PipeMode mode, Consumer<IOException> onFailure)
                throws IOException {
            return PipeEnd.bridge(
                    engine, mode, () -> StandardStreams.input(), () -> StandardStreams.output(number), onFailure);
        }
    }

    private record JavaStream(InputStream in, OutputStream out) implements Source {
        @Override
        public NonBlockingIo open(LoopEngine engine, PipeMode mode) {
            throw new UnsupportedOperationException("it blocks");
        }

        @Override
        public NonBlockingIo bridge(LoopEngine engine, PipeMode mode, Consumer<IOException> onFailure)
                throws IOException {
            return PipeEnd.bridge(engine, mode, () -> in, () -> out, onFailure);
        }
    }

    private record KernelEnd(LoopEngine owner, NonBlockingIo io) implements Source {
        @Override
        public void check(LoopEngine engine) {
            if (engine != owner) {
                throw new IllegalArgumentException("this pipe belongs to event loop '" + owner.name() + "'");
            }
        }

        @Override
        public NonBlockingIo open(LoopEngine engine, PipeMode mode) {
            return io;
        }

        @Override
        public NonBlockingIo bridge(LoopEngine engine, PipeMode mode, Consumer<IOException> onFailure) {
            throw new UnsupportedOperationException("a pipe of the kernel cannot be watched");
        }

        @Override
        public void drop() {
            owner.checkLoopThread();
            io.close();
        }
    }
}
