package dev.matryoshka.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.matryoshka.file.SendFileException;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.TestLoop;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of files on transports share: a file, two recorders, and words for how far it has got. */
@ExtendWith(LeakCheck.class)
abstract class SendFileRig {
    static final SendFileOptions ALL = SendFileOptions.defaults();

    @TempDir
    Path directory;

    byte[] content;

    Path file(int byteCount) throws IOException {
        content = Bytes.numbered(byteCount);
        return Files.write(directory.resolve("file"), content);
    }

    Path file(Net net) throws IOException {
        return file(net.amount() / 5 + 1);
    }

    interface Body {
        void run(TestLoop on, Pair pair) throws Exception;
    }

    static void with(Net net, Body body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                body.run(on, pair);
                pair.end(on);
            });
        }
    }

    static void await(TestLoop on, Pair pair, int byteCount) throws InterruptedException {
        on.until(byteCount + " bytes have arrived", () -> pair.server().heard.count() >= byteCount);
    }

    static byte[] joined(Object... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Object part : parts) {
            all.writeBytes(part instanceof byte[] bytes ? bytes : ((String) part).getBytes(US_ASCII));
        }
        return all.toByteArray();
    }

    long last = -1;

    /** The kernel has taken nothing for a few passes. */
    boolean isFull(TestLoop on, Pair pair) {
        long now = ((SocketTransport) pair.clientTransport()).bytesOut();
        boolean full = now > 0 && now == last;
        last = now;
        try {
            on.passes(3);
        } catch (InterruptedException cancelled) {
            throw new AssertionError(cancelled);
        }
        return full;
    }

    /** The one job that was given, to its end, on a thread of its own. */
    static void runElsewhere(List<Runnable> jobs) throws InterruptedException {
        Thread worker = Thread.ofPlatform().start(jobs.removeFirst());
        worker.join();
    }

    static SendFileException failure(CompletableFuture<Long> sending) {
        return catchThrowableOfType(SendFileException.class, () -> {
            try {
                sending.get();
            } catch (java.util.concurrent.ExecutionException failed) {
                throw failed.getCause();
            }
        });
    }
}
