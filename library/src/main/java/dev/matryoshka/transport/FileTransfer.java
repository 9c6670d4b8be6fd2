package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.LoopFile;
import dev.matryoshka.file.SendFileCancelledException;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.loop.LoopClosedException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** A file that is being sent over some transport. Loop thread only. */
sealed interface FileTransfer permits FileSending, LayerFileSending {
    /** Completes on the loop with the count, or with what went wrong. */
    CompletableFuture<Long> result();

    /** What was sent so far. */
    long sent();

    /** Stops where it is; the connection goes on from there. Nothing when it has ended. */
    void cancel();

    /**
     * Begins at once, in the place of bytes that were written now, though the file may still have to be opened.
     *
     * @throws IllegalStateException the transport is closing, or its output has ended
     * @throws dev.matryoshka.loop.BusyException another file is under way
     */
    static FileTransfer start(WriteTransport transport, CompletableFuture<LoopFile> opening, SendFileOptions options) {
        try {
            if (transport.isClosing()) {
                throw new IllegalStateException("transport is closing: " + transport);
            }
            return switch (transport) {
                case StreamTransport ours -> ours.sendFile(opening, options);
                case Transport layer -> LayerFileSending.start(layer, opening, options);
                default -> throw new UnsupportedOperationException("sendFile is not supported for " + transport);
            };
        } catch (RuntimeException refused) {
            LoopFile.abandon(opening);
            throw refused;
        }
    }

    /** Parks until it is over. */
    default long await() throws IOException, InterruptedException {
        try {
            return result().get();
        } catch (InterruptedException cancelled) {
            cancel();
            throw new SendFileCancelledException(sent());
        } catch (ExecutionException failed) {
            switch (failed.getCause()) {
                case IOException failure -> throw failure;
                case RuntimeException misuse -> throw misuse;
                case Error error -> throw error;
                case null, default -> throw new IOException(failed.getCause());
            }
        }
    }

    /** For callbacks: whoever cancels the future, or completes it from any thread, stops the transfer. */
    default CompletableFuture<Long> async(LoopEngine engine) {
        CompletableFuture<Long> ignored = result().whenComplete((count, failure) -> cancelOn(engine));
        return result();
    }

    private void cancelOn(LoopEngine engine) {
        if (engine.isLoopThread()) {
            cancel();
            return;
        }
        try {
            var ignored = engine.callSoonThreadsafe(this::cancel);
        } catch (LoopClosedException gone) {
            return; // and with it the connection
        }
    }
}
