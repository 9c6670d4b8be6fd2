package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.cli.CommandFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A process that we started and talk to in lines. It ends when its standard input does, so it does not outlive us however we
 * end; {@link #close} does not rely on that.
 */
final class Child implements AutoCloseable {
    private static final Duration END_LIMIT = Duration.ofSeconds(2);

    private final String name;
    private final Process process;
    private final BufferedReader output;
    private final Writer input;
    private final Thread errorReader;

    /** What it said last on standard error; written by the thread that reads it. */
    private volatile @Nullable String lastError;

    private Child(String name, Process process) {
        this.name = name;
        this.process = process;
        this.output = process.inputReader();
        this.input = process.outputWriter();
        this.errorReader = startThread(this::readErrors);
    }

    /**
     * Starts a process.
     *
     * @param name for messages
     */
    static Child start(String name, List<String> command) throws CommandFailure {
        try {
            return new Child(name, new ProcessBuilder(command).start());
        } catch (IOException failed) {
            throw new CommandFailure("cannot start " + name + ": " + failed.getMessage(), failed);
        }
    }

    private static Thread startThread(Runnable body) {
        return Thread.ofPlatform().daemon().name("child").start(body);
    }

    private void readErrors() {
        try (BufferedReader errors = process.errorReader()) {
            for (String line; (line = errors.readLine()) != null; ) {
                lastError = line;
            }
        } catch (IOException ended) {
            // as good as the end
        }
    }

    /** Its process id. */
    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Sends a line. */
    void send(String line) throws CommandFailure, InterruptedException {
        try {
            input.write(line + "\n");
            input.flush();
        } catch (IOException gone) {
            throw failure("does not listen", gone);
        }
    }

    /** Waits for its next line on standard output. */
    String receive(Duration limit) throws CommandFailure, InterruptedException {
        CompletableFuture<@Nullable String> line = CompletableFuture.supplyAsync(this::readLine, Child::startThread);
        try {
            String text = line.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (text == null) {
                throw failure("ended", null);
            }
            return text;
        } catch (TimeoutException late) {
            throw failure("did not answer within " + limit.toMillis() + " ms", late);
        } catch (ExecutionException broken) {
            throw failure("broke off", broken);
        }
    }

    private @Nullable String readLine() {
        try {
            return output.readLine();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private CommandFailure failure(String what, @Nullable Throwable cause) throws InterruptedException {
        if (!process.isAlive()) {
            errorReader.join(END_LIMIT); // what it said last may be on its way
        }
        String said = lastError;
        String message = name + " " + what + (said == null ? "" : ": " + said);
        return cause == null ? new CommandFailure(message) : new CommandFailure(message, cause);
    }

    /** Asks it to end, waits a little, and then does not ask. Idempotent. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException stopped) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it at once, without waiting. Any thread. */
    void kill() {
        process.destroyForcibly();
    }
}
