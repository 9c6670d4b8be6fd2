package dev.matryoshka.socket;

import dev.matryoshka.engine.Channel;
import dev.matryoshka.engine.LoopFile;
import dev.matryoshka.file.SendFileCancelledException;
import dev.matryoshka.file.SendFileException;
import dev.matryoshka.file.SendFileMode;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.kernel.FileFailedException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** One file on its way out. Loop thread only, in a task; it has the sending direction for itself. */
final class FileSending {
    private static final String METHOD = "sendFile";

    private final SocketCore core;
    private final Sender sender;
    private final SendFileOptions options;

    /** What the kernel has taken; exact however this ends. */
    private long sent;

    FileSending(SocketCore core, Sender sender, SendFileOptions options) {
        this.core = core;
        this.sender = sender;
        this.options = options;
    }

    long send(Path path) throws IOException, InterruptedException {
        CompletableFuture<LoopFile> opening = LoopFile.open(core.engine, path);
        try (LoopFile file = await(opening)) {
            return send(file);
        } catch (InterruptedException cancelled) {
            LoopFile.abandon(opening);
            throw cancelled instanceof SendFileCancelledException ? cancelled : new SendFileCancelledException(sent);
        }
    }

    long send(FileChannel channel) throws IOException, InterruptedException {
        try (LoopFile file = LoopFile.of(core.engine, channel)) {
            return send(file);
        }
    }

    private long send(LoopFile file) throws IOException, InterruptedException {
        try {
            if (options.mode() == SendFileMode.COPY || !sendNatively(file)) {
                copy(file);
            }
            return sent;
        } catch (FileFailedException failed) {
            throw new SendFileException(sent, failed.failure());
        } catch (IOException failed) {
            throw new SendFileException(sent, failed);
        } catch (InterruptedException cancelled) {
            throw new SendFileCancelledException(sent);
        } finally {
            file.leaveAt(options.offset() + sent);
        }
    }

    private long left() {
        return options.byteCount() - sent;
    }

    /** False when the kernel cannot send this file, which it says before it has sent a byte. */
    private boolean sendNatively(LoopFile file) throws IOException, InterruptedException {
        while (left() > 0) {
            Channel channel = sender.awaitTurn(METHOD);
            long count;
            try {
                long share = Math.min(left(), LoopFile.SENT_BYTES_MAX);
                count = channel.sendFile(file.source(), options.offset() + sent, share);
            } catch (UnsupportedOperationException refused) {
                if (options.mode() == SendFileMode.NATIVE && sent == 0) {
                    throw refused;
                }
                return false;
            }
            if (count < 0) {
                return true;
            }
            sender.spent(count);
            sent += count;
        }
        return true;
    }

    private void copy(LoopFile file) throws IOException, InterruptedException {
        while (left() > 0) {
            int count = await(file.read(options.offset() + sent, left()));
            if (count < 0) {
                return;
            }
            for (int from = 0; from < count; ) {
                int taken = sender.awaitTurn(METHOD).send(file.chunk(), from, count - from);
                sender.spent(taken);
                sent += taken;
                from += taken;
            }
        }
    }

    /** Parks for the executor. */
    private static <T> T await(CompletableFuture<T> job) throws IOException, InterruptedException {
        try {
            return job.get();
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            if (cause instanceof IOException failure) {
                throw failure;
            }
            if (cause instanceof RuntimeException misuse) {
                throw misuse;
            }
            throw new IOException(cause);
        }
    }
}
