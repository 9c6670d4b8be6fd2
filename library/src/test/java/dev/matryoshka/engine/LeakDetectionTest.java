package dev.matryoshka.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.loop.ExceptionContext;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.socket.AsyncSocket;
import dev.matryoshka.stream.StreamConnection;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Server;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: what is dropped without being closed is told, with its place in debug mode, and closed; what is in use or was closed is not.
 *
 * <p>Method: objects that only a method's frame knew, and the garbage collector, asked again and again until the report is there; or,
 * where none may come, until that of a marker that was dropped later is.
 */
@Proves("W11")
@ExtendWith(LeakCheck.class)
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LeakDetectionTest {
    private static final String SOCKET = "An open socket was garbage collected";
    private static final String STREAM = "An open stream was garbage collected";

    @Test
    void aSocketThatIsDroppedOpenIsToldAndClosed() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                System.gc(); // what others have dropped is closed now, and not while this counts
                int before = descriptorsAtRest(on);
                dropSocket(on);
                ExceptionContext told = awaitReports(on).getFirst();
                assertThat(told.message()).startsWith(SOCKET);
                assertThat(told.details()).containsKey("socket").doesNotContainKey(ExceptionContext.ORIGIN);
                on.passes(2);
                assertThat(LeakCheck.openDescriptors()).isLessThanOrEqualTo(before);
            });
        }
    }

    /** How many are open when it has been the same for a while. */
    private static int descriptorsAtRest(TestLoop on) throws Exception {
        int[] last = {LeakCheck.openDescriptors(), 0};
        on.until("descriptors are at rest", () -> {
            int now = LeakCheck.openDescriptors();
            last[1] = now == last[0] ? last[1] + 1 : 0;
            last[0] = now;
            return last[1] == 20;
        });
        return last[0];
    }

    @Test
    void aConnectedSocketAndAnAcceptedOneAreToldToo() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                dropPair(on);
                List<ExceptionContext> told = new ArrayList<>(awaitReports(on));
                while (told.size() < 3) {
                    told.addAll(awaitReports(on));
                }
                assertThat(told)
                        .hasSize(3)
                        .allMatch(context -> context.message().startsWith(SOCKET));
                on.until("all are closed", () -> on.engine.load().channels() == 0);
            });
        }
    }

    @Test
    void aDatagramSocketThatIsDroppedOpenIsToldAndClosed() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                dropDatagramSocket(on);
                assertThat(awaitReports(on).getFirst().message()).startsWith(SOCKET);
                on.until("it is closed", () -> on.engine.load().channels() == 0);
                on.loop.openDatagramSocket(StandardProtocolFamily.INET).close();
                dropSocket(on); // the marker
                assertThat(awaitReports(on)).hasSize(1);
            });
        }
    }

    @Test
    void debugModeTellsWhereADroppedSocketAndADroppedStreamWereMade() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                on.loop.setDebug(true);
                dropSocket(on);
                assertThat(origin(awaitReports(on).getFirst()).getStackTrace())
                        .hasSizeLessThanOrEqualTo(10)
                        .anyMatch(frame -> frame.getMethodName().equals("dropSocket"));
                Server server = on.loop.startServer((reader, writer) -> reader.read(), "127.0.0.1", 0);
                dropStream(on, server.port());
                ExceptionContext told = awaitReports(on).getFirst();
                assertThat(told.message()).startsWith(STREAM);
                assertThat(told.details()).containsKey("transport");
                assertThat(origin(told).getStackTrace()).isNotEmpty();
                on.until("both ends are closed", () -> server.clientCount() == 0);
                server.close();
                on.loop.setDebug(false);
            });
        }
    }

    @Test
    void whatWasClosedIsNotTold() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                for (int i = 0; i < 100; i++) {
                    on.loop.openSocket().close();
                }
                dropSocket(on); // the marker
                assertThat(awaitReports(on)).hasSize(1);
            });
        }
    }

    @Test
    void whatATaskWaitsInIsInUse() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = on.loop.startServer((reader, writer) -> reader.read(), "127.0.0.1", 0);
                Task<Integer> receiving = on.loop.createTask(() -> receive(on, server.port()));
                Task<Void> waiting = on.loop.createTask(() -> waitClosed(on, server.port()));
                on.until("both wait", () -> server.clientCount() == 2);
                on.passes(3);
                for (int i = 0; i < 3; i++) {
                    dropSocket(on); // the marker
                    assertThat(awaitReports(on))
                            .singleElement()
                            .satisfies(told -> assertThat(told.message()).startsWith(SOCKET));
                }
                assertThat(receiving.isDone()).isFalse();
                assertThat(waiting.isDone()).isFalse();
                receiving.cancel();
                waiting.cancel();
                on.until("both have ended", () -> receiving.isDone() && waiting.isDone());
                List<ExceptionContext> told = new ArrayList<>(awaitReports(on));
                while (told.size() < 2) {
                    told.addAll(awaitReports(on)); // now nobody knows them any more
                }
                assertThat(told).hasSize(2);
                on.until("the server's ends have ended too", () -> server.clientCount() == 0);
                server.close();
            });
        }
    }

    @Test
    void debugModeTellsWhatIsOpenWhenItsLoopIsClosed() throws Exception {
        List<ExceptionContext> told = new ArrayList<>();
        try (EventLoop loop = EventLoop.open(LoopOptions.defaults().withDebug(true))) {
            loop.setExceptionHandler((where, context) -> told.add(context));
            loop.runUntilComplete(loop.createTask(() -> {
                Server server = loop.startServer((reader, writer) -> reader.read(), "127.0.0.1", 0);
                loop.openConnection("127.0.0.1", server.port());
                return server.port();
            }));
        }
        assertThat(told).isNotEmpty().allSatisfy(context -> {
            assertThat(context.message()).isEqualTo("Open when its event loop was closed");
            assertThat(context.details()).containsKeys("handle", ExceptionContext.ORIGIN);
        });
    }

    @Test
    void aLoopThatIsDroppedOpenIsLoggedAndOneThatWasClosedIsNot() throws Exception {
        try (LogCapture records = LogCapture.of("dev.matryoshka.loop")) {
            EventLoop.open(LoopOptions.defaults().withName("closed").withKernel("nio"))
                    .close();
            dropLoop();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (told(records, "'dropped'").isEmpty() && System.nanoTime() < deadline) {
                System.gc();
                Thread.onSpinWait();
            }
            assertThat(told(records, "'dropped'"))
                    .singleElement()
                    .asString()
                    .startsWith("event loop 'dropped' was garbage collected without being closed");
            assertThat(told(records, "'closed'")).isEmpty();
        }
    }

    /** Of one loop: another test may have dropped one too. */
    private static List<String> told(LogCapture records, String name) {
        return records.taken().stream()
                .map(LogRecord::getMessage)
                .filter(message -> message.contains(name))
                .toList();
    }

    /** On a network in memory, so that nothing of the system is lost with it. */
    private static void dropLoop() throws IOException {
        Engines.open(LoopOptions.defaults().withName("dropped"), Net.MEMORY.provider());
    }

    private static void dropSocket(TestLoop on) throws IOException {
        on.loop.openSocket();
    }

    private static void dropDatagramSocket(TestLoop on) throws IOException {
        on.loop.openDatagramSocket(StandardProtocolFamily.INET);
    }

    private static void dropStream(TestLoop on, int port) throws Exception {
        on.loop.openConnection("127.0.0.1", port);
    }

    private static void dropPair(TestLoop on) throws Exception {
        AsyncSocket listener = on.loop.openSocket();
        listener.bind(new InetSocketAddress("127.0.0.1", 0));
        listener.listen();
        AsyncSocket client = on.loop.openSocket();
        client.connect(listener.localAddress());
        listener.accept();
    }

    private static int receive(TestLoop on, int port) throws Exception {
        AsyncSocket socket = on.loop.openSocket();
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        return socket.recv(1).length;
    }

    private static void waitClosed(TestLoop on, int port) throws Exception {
        StreamConnection connection = on.loop.openConnection("127.0.0.1", port);
        connection.writer().waitClosed();
    }

    private static Throwable origin(ExceptionContext context) {
        return (Throwable) context.details().get(ExceptionContext.ORIGIN);
    }

    /** In a task: collects garbage until something is told. */
    private static List<ExceptionContext> awaitReports(TestLoop on) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        List<ExceptionContext> told = List.of();
        while (told.isEmpty() && System.nanoTime() < deadline) {
            System.gc();
            Task.yield();
            told = on.reported();
        }
        assertThat(told).as("told within a minute").isNotEmpty();
        return told;
    }
}
