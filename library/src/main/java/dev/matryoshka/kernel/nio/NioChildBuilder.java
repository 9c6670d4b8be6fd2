package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.ChildStdio;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.SpawnRequest;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.Pipe;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** From a request to a process of the JDK's, with a pipe inside this process for each stream that is one. Loop thread only. */
final class NioChildBuilder {
    private static final int STREAMS = 3;

    /** The null device, as the JDK itself names it. */
    private static final File NULL_DEVICE = new File(File.separatorChar == '/' ? "/dev/null" : "NUL");

    private final NioKernel kernel;
    private final SpawnRequest request;
    private final Executor threads;
    private final @Nullable NonBlockingIo[] pipes = new @Nullable NonBlockingIo[STREAMS];

    /** The ends of the same pipes that the threads have. */
    private final @Nullable Pipe[] inner = new @Nullable Pipe[STREAMS];

    NioChildBuilder(NioKernel kernel, SpawnRequest request, Executor threads) {
        this.kernel = kernel;
        this.request = request;
        this.threads = threads;
    }

    /** Our ends, by the number of the stream. */
    @Nullable
    NonBlockingIo[] pipes() {
        return pipes;
    }

    Process start() throws IOException {
        boolean started = false;
        try {
            for (int stream = 0; stream < STREAMS; stream++) {
                if (request.stdio(stream).isPipe()) {
                    open(stream);
                }
            }
            Process process = builder().start();
            started = true;
            pump(process);
            return process;
        } catch (IOException failed) {
            throw named(failed);
        } finally {
            if (!started) {
                closeAll();
            }
        }
    }

    private void open(int stream) throws IOException {
        Pipe pipe = Pipe.open();
        inner[stream] = pipe;
        pipes[stream] = kernel.add(stream == 0 ? new NioPipe(kernel, pipe.sink()) : new NioPipe(kernel, pipe.source()));
    }

    private ProcessBuilder builder() {
        List<String> command = new ArrayList<>(request.arguments());
        command.set(0, request.program());
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = request.environment();
        if (environment != null) {
            builder.environment().clear();
            builder.environment().putAll(environment);
        }
        Path directory = request.directory();
        if (directory != null) {
            builder.directory(directory.toFile());
        }
        return builder.redirectInput(redirect(request.stdin(), true))
                .redirectOutput(redirect(request.stdout(), false))
                .redirectError(redirect(request.stderr(), false))
                .redirectErrorStream(request.stderr().kind() == ChildStdio.Kind.STDOUT);
    }

    private static Redirect redirect(ChildStdio stdio, boolean input) {
        return switch (stdio.kind()) {
            case PIPE, STDOUT -> Redirect.PIPE;
            case INHERIT -> Redirect.INHERIT;
            case NULL -> input ? Redirect.from(NULL_DEVICE) : Redirect.to(NULL_DEVICE);
            case FILE -> input ? Redirect.from(file(stdio)) : Redirect.to(file(stdio));
            case APPEND -> Redirect.appendTo(file(stdio));
        };
    }

    private static File file(ChildStdio stdio) {
        Path path = stdio.path();
        if (path == null) {
            throw new IllegalArgumentException("no file: " + stdio);
        }
        return path.toFile();
    }

    private void pump(Process process) {
        pump(inner[0], pipe -> NioPump.toChild(pipe.source(), process.getOutputStream()));
        pump(inner[1], pipe -> NioPump.fromChild(process.getInputStream(), pipe.sink()));
        pump(inner[2], pipe -> NioPump.fromChild(process.getErrorStream(), pipe.sink()));
    }

    private interface Pump {
        Runnable of(Pipe pipe);
    }

    private void pump(@Nullable Pipe pipe, Pump pump) {
        if (pipe != null) {
            threads.execute(pump.of(pipe));
        }
    }

    private void closeAll() {
        for (int stream = 0; stream < STREAMS; stream++) {
            NonBlockingIo ours = pipes[stream];
            Pipe pipe = inner[stream];
            if (ours != null) {
                ours.close();
            }
            if (pipe != null) {
                NioPump.close(pipe.source());
                NioPump.close(pipe.sink());
            }
        }
    }

    /** The JDK has only words for what was wrong; the caller has looked at the program and the directory. */
    private IOException named(IOException failed) {
        Throwable cause = failed.getCause();
        for (ChildStdio stdio : List.of(request.stdin(), request.stdout(), request.stderr())) {
            Path path = stdio.path();
            String words = String.valueOf(cause == null ? null : cause.getMessage());
            if (path != null && cause instanceof FileNotFoundException && words.startsWith(path.toString())) {
                return fileException(path.toString(), words, failed);
            }
        }
        return new IOException(request.arguments().getFirst() + ": cannot start: " + failed.getMessage(), failed);
    }

    private static IOException fileException(String path, String words, IOException failed) {
        String reason =
                "cannot open for a child: " + words.substring(path.length()).strip();
        FileSystemException named = words.endsWith("(Permission denied)")
                ? new AccessDeniedException(path, null, reason)
                : new NoSuchFileException(path, null, reason);
        named.initCause(failed);
        return named;
    }
}
