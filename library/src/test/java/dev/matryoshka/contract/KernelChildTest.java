package dev.matryoshka.contract;

import static dev.matryoshka.kernel.ChildProcess.RUNNING;
import static dev.matryoshka.kernel.Readiness.READABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.matryoshka.engine.BackgroundThreads;
import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.ChildStdio;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.SpawnRequest;
import dev.matryoshka.kernel.SpawnRequest.Leads;
import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.Proves;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a child's streams are pipes like others, and its end is an event like others. Method: small programs of the shell; the poller
 * turned by hand.
 */
@Proves("subprocess_exec")
class KernelChildTest extends KernelContract {
    private static final ChildStdio PIPE = new ChildStdio(ChildStdio.Kind.PIPE, null);
    private static final ChildStdio NULL = new ChildStdio(ChildStdio.Kind.NULL, null);
    private static final ChildStdio SAME = new ChildStdio(ChildStdio.Kind.STDOUT, null);
    private static final long TOKEN = 1L << 20;
    private static final int MUCH = 300_000;

    private final List<ChildProcess> started = new ArrayList<>();
    private ChildProcess child;
    private boolean told;

    @BeforeEach
    void memoryHasNoProcesses() {
        if (kernel.name().equals("memory")) {
            assertThatThrownBy(() -> spawn("exit 0", NULL, NULL, NULL))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("no processes in the kernel memory");
        }
        assumeFalse(kernel.name().equals("memory"), "no processes there, which has just been checked");
    }

    @AfterEach
    void end() throws IOException {
        for (ChildProcess each : started) {
            if (each.isOpen()) {
                each.signal(9);
                assertThat(each.awaitEnd(TimeUnit.MINUTES.toNanos(1))).isNotEqualTo(RUNNING);
                kernel.poller().deregister(each);
                each.close();
            }
        }
    }

    private ChildProcess spawn(String script, ChildStdio stdin, ChildStdio stdout, ChildStdio stderr)
            throws IOException {
        List<String> arguments = List.of("sh", "-c", script);
        SpawnRequest request = new SpawnRequest("/bin/sh", arguments, null, null, stdin, stdout, stderr, Leads.NOTHING);
        child = kernel.spawn(request, BackgroundThreads.shared());
        started.add(child);
        return child;
    }

    private Watched watch(NonBlockingIo pipe) throws IOException {
        return driver.watch(pipe);
    }

    private Watched writer() throws IOException {
        Watched writer = watch(child.stdin());
        writer.wanted = 0;
        return writer;
    }

    /** Watched only now, so that no other poll sees the event. */
    private void awaitEnd() throws IOException {
        told = false;
        kernel.poller().register(child, TOKEN);
        kernel.poller().interest(child, READABLE);
        for (int polls = 0; polls < 1_000 && !told; polls++) {
            kernel.poller().poll(10_000_000, (token, bits) -> told |= token == TOKEN && (bits & READABLE) != 0);
        }
        assertThat(told).as("the end is told").isTrue();
        // or a selector would tell it at every poll, and none would wait for anything else
        kernel.poller().interest(child, 0);
    }

    @Test
    void itsStreamsArePipesAndItsEndIsAnEvent() throws IOException {
        spawn("cat; echo bad >&2; exit 7", PIPE, PIPE, PIPE);
        Watched stdin = writer();
        Watched stdout = watch(child.stdout());
        Watched stderr = watch(child.stderr());
        driver.send(stdin, "hello");
        assertThat(driver.receive(stdout, 5)).asString().isEqualTo("hello");
        assertThat(child.tryWait()).isEqualTo(RUNNING);
        driver.close(stdin);
        assertThat(driver.receive(stderr, 4)).asString().isEqualTo("bad\n");
        driver.receiveEof(stdout);
        driver.receiveEof(stderr);
        driver.close(stdout);
        driver.close(stderr);
        awaitEnd();
        assertThat(child.tryWait()).isEqualTo(7);
        assertThat(child.tryWait()).as("again").isEqualTo(7);
    }

    @Test
    void bothOutputsInOnePipe() throws IOException {
        spawn("echo out; echo err >&2; echo out", NULL, PIPE, SAME);
        Watched stdout = watch(child.stdout());
        assertThat(child.stdin()).isNull();
        assertThat(child.stderr()).isNull();
        assertThat(driver.receive(stdout, 12)).asString().isEqualTo("out\nerr\nout\n");
        driver.receiveEof(stdout);
    }

    @Test
    void muchGoesThroughInBothDirections() throws IOException {
        spawn("exec cat", PIPE, PIPE, NULL);
        Watched stdin = writer();
        Watched stdout = watch(child.stdout());
        ByteBuffer source = Bytes.direct(Bytes.numbered(MUCH));
        ByteBuffer target = ByteBuffer.allocate(MUCH);
        stdin.wanted = dev.matryoshka.kernel.Readiness.WRITABLE;
        driver.until("all back", () -> {
            while (source.hasRemaining() && stdin.send(source) > 0) {}
            while (target.hasRemaining() && stdout.receive(target) > 0) {}
            return !target.hasRemaining();
        });
        assertThat(target.array()).isEqualTo(Bytes.numbered(MUCH));
        driver.close(stdin);
        driver.receiveEof(stdout);
    }

    @Test
    void whatIsInThePipeAtItsEndCanStillBeRead() throws IOException {
        spawn("echo last", NULL, PIPE, NULL);
        awaitEnd();
        assertThat(child.tryWait()).isZero();
        Watched stdout = watch(child.stdout());
        assertThat(driver.receive(stdout, 5)).asString().isEqualTo("last\n");
        driver.receiveEof(stdout);
    }

    @Test
    void aReaderThatIsGoneEndsAChildThatWrites() throws IOException {
        spawn("while echo more; do :; done 2>/dev/null", NULL, PIPE, NULL);
        Watched stdout = watch(child.stdout());
        driver.until("it writes", stdout::readable);
        driver.close(stdout);
        awaitEnd();
        assertThat(child.tryWait()).isIn(-13, 0, 1, 2); // SIGPIPE, or what the shell makes of EPIPE
    }

    @Test
    void aChildThatDoesNotReadBreaksTheWriter() throws IOException {
        spawn("exec 0<&-; echo closed; exec sleep 100", PIPE, PIPE, NULL);
        Watched stdin = writer();
        Watched stdout = watch(child.stdout());
        assertThat(driver.receive(stdout, 7)).asString().isEqualTo("closed\n");
        assertThatThrownBy(() -> driver.send(stdin, ByteBuffer.allocate(MUCH)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("EPIPE");
    }

    @Test
    void signalsEndItAndAreTheNegativeCode() throws IOException {
        for (int signal : List.of(15, 9)) {
            spawn("exec sleep 100", NULL, NULL, NULL);
            child.signal(signal);
            awaitEnd();
            assertThat(child.tryWait()).isEqualTo(-signal);
            child.signal(signal); // nobody there
            kernel.poller().deregister(child);
            child.close();
        }
    }

    @Test
    @Proves("B19")
    void whoWasWaitedForIsGoneFromTheSystem() throws IOException {
        spawn("exit 3", NULL, NULL, NULL);
        assertThat(child.awaitEnd(TimeUnit.MINUTES.toNanos(1))).isEqualTo(3);
        assertThat(ProcessHandle.of(child.pid()).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void waitingForItIsBounded() throws IOException {
        spawn("exec sleep 100", NULL, NULL, NULL);
        assertThat(child.awaitEnd(1)).isEqualTo(RUNNING);
    }

    @Test
    void aChildThatIsLetGoOfLeavesNoZombie() throws Exception {
        spawn("exec sleep 100", NULL, NULL, NULL);
        ProcessHandle handle = ProcessHandle.of(child.pid()).orElseThrow();
        child.close();
        assertThat(child.isOpen()).isFalse();
        handle.destroyForcibly();
        Path entry = Path.of("/proc/" + handle.pid());
        driver.until("nothing is left of it", () -> !Files.exists(entry));
    }

    @Test
    void filesAreOpenedOrToldByName() throws IOException {
        Path in = Files.writeString(directory.resolve("in"), "content");
        Path out = directory.resolve("out");
        spawn("cat", new ChildStdio(ChildStdio.Kind.FILE, in), new ChildStdio(ChildStdio.Kind.FILE, out), NULL);
        assertThat(child.awaitEnd(TimeUnit.MINUTES.toNanos(1))).isZero();
        assertThat(out).hasContent("content");

        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> spawn("cat", new ChildStdio(ChildStdio.Kind.FILE, missing), PIPE, PIPE))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining(missing.toString());
    }

    @Test
    void aClosedKernelStartsNothing() {
        kernel.close();
        assertThatThrownBy(() -> spawn("exit 0", PIPE, PIPE, PIPE)).isInstanceOf(ClosedChannelException.class);
    }
}
