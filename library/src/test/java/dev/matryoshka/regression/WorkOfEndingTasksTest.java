package dev.matryoshka.regression;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.file.SendFileOptions;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Certificates;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Action;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.Tasks;
import dev.matryoshka.transport.FileTransfers;
import dev.matryoshka.transport.Server;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A loop that was being closed turned for its cancelled tasks, so that they could work in order to end, but took nothing from other
 * threads any more: a look-up failed, a handshake stood still, what a job had brought was done on the thread of the job, beside the
 * loop. Goal: tasks that end have a whole loop.
 */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkOfEndingTasksTest {
    @TempDir
    Path directory;

    /** In a task: when close cancels it, does something else before it ends. */
    private static void lingering(TestLoop on, Action goodbye) throws Exception {
        on.run(() -> {
            on.loop.createTask(() -> {
                try {
                    Task.sleep(Duration.ofDays(1));
                } finally {
                    goodbye.run();
                }
            });
            Task.yield();
        });
    }

    @Test
    void aTaskThatIsCancelledMayLookUpConnectAndSayGoodbyeOverTls() throws Exception {
        CompletableFuture<Integer> port = new CompletableFuture<>();
        FutureTask<String> peer = new FutureTask<>(() -> EventLoop.call(loop -> {
            CompletableFuture<String> heard = new CompletableFuture<>();
            Server server = loop.startServer(
                    (reader, writer) -> heard.complete(new String(reader.read(-1), US_ASCII)),
                    "127.0.0.1",
                    0,
                    Certificates.server());
            port.complete(server.port());
            return heard.get(30, TimeUnit.SECONDS);
        }));
        Thread.ofPlatform().start(peer);
        try (TestLoop on = TestLoop.leaving(Net.EPOLL.provider())) {
            lingering(on, () -> {
                StreamConnection connection = on.loop.openConnection("localhost", port.get(), Certificates.client());
                connection.writer().write("bye".getBytes(US_ASCII));
                connection.close();
                connection.writer().waitClosed();
            });
        }
        assertThat(peer.get()).isEqualTo("bye");
    }

    @Test
    void aFileThatIsStillSentTouchesItsConnectionOnTheLoopAlone() throws Exception {
        byte[] content = Bytes.numbered(Net.EPOLL.amount());
        Path file = Files.write(directory.resolve("file"), content);
        List<Boolean> onLoop = new ArrayList<>();
        Recorder server = new Recorder();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                TestLoop on = TestLoop.leaving(Net.EPOLL.provider())) {
            Recorder client = new Recorder();
            client.atResume = () -> onLoop.add(on.loop.isLoopThread());
            CompletableFuture<Long> sending = on.call(() -> {
                Pair.open(on, client, server);
                server.transport().pauseReading();
                return FileTransfers.sendFileAsync(client.transport(), channel, SendFileOptions.defaults());
            });
            lingering(on, () -> {
                server.transport().resumeReading();
                assertThat(Tasks.await(sending)).isEqualTo(content.length);
                on.until("all of it", () -> server.heard.count() == content.length);
            });
        }
        assertThat(onLoop).containsExactly(true);
        assertThat(Arrays.equals(server.heard.bytes(), content)).as("all of it").isTrue();
    }
}
