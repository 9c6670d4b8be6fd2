package dev.matryoshka.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.engine.ScopedBindings;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: scoped values follow the program to where it goes on, and the loop itself does not follow to a foreign thread.
 *
 * <p>Method: a value is bound around every call that schedules something; what runs later reads it.
 */
@Proves("I-34")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScopedValuesTest {
    private static final ScopedValue<String> USER = ScopedValue.newInstance();
    private static final ScopedValue<String> OTHER = ScopedValue.newInstance();

    private final List<String> seen = Collections.synchronizedList(new ArrayList<>());

    @Test
    void thisJvmCanTakeThemAlong() {
        assertThat(ScopedBindings.available()).isTrue();
    }

    @Test
    void callbacksAndTimersAndTasksHaveTheValuesOfWhoScheduledThem() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                ScopedValue.where(USER, "ada").where(OTHER, "x").run(() -> {
                    ScopedValue.where(USER, "bob").run(() -> {
                        on.loop.callSoon(() -> note("soon"));
                        on.loop.callLater(Duration.ofSeconds(1), () -> note("later"));
                        on.loop.callSoonThreadsafe(() -> note("threadsafe"));
                    });
                    on.loop.createTask(() -> {
                        note("task");
                        on.loop.createTask(() -> note("its task"));
                        Task.yield();
                        note("after its wait");
                    });
                });
                note("outside");
                Task.sleep(Duration.ofSeconds(2));
                assertThat(seen)
                        .containsExactlyInAnyOrder(
                                "outside null null",
                                "soon bob x",
                                "threadsafe bob x",
                                "later bob x",
                                "task ada x",
                                "its task ada x",
                                "after its wait ada x");
            });
        }
    }

    @Test
    @Proves(
            value = "to_thread",
            ports = {"test_threads.test_to_thread_contextvars", "test_runners.test_run_keeps_context"})
    void aJobOfTheExecutorHasThemAndIsNotOnTheLoop() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> ScopedValue.where(USER, "ada").call(() -> {
                String there = on.loop.toThread(() -> USER.get() + " " + EventLoop.current());
                assertThat(there).isEqualTo("ada null");
                return null;
            }));
        }
    }

    @Test
    void aTaskThatIsSubmittedFromAForeignThreadHasItsValues() throws Exception {
        try (TestLoop on = TestLoop.over(Net.EPOLL)) {
            on.run(() -> {
                Thread foreign =
                        new Thread(() -> ScopedValue.where(USER, "eve").run(() -> on.loop.submit(() -> note("task"))));
                foreign.start();
                on.until("it has run", () -> !seen.isEmpty());
                foreign.join();
                assertThat(seen).containsExactly("task eve null");
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "NIO", "MEMORY"})
    void protocolsHaveTheValuesOfWhoMadeTheServerOrTheConnection(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = ScopedValue.where(USER, "server")
                        .call(() -> on.loop.createServer(() -> new Noting("server"), "127.0.0.1", 0));
                Recorder client = new Recorder();
                on.loop.createConnection(() -> client, "127.0.0.1", server.port());
                client.transport().write(new byte[] {1});
                on.until("the byte came", () -> seen.stream().anyMatch(line -> line.contains("data")));
                client.transport().close();
                on.until("the end came", () -> seen.stream().anyMatch(line -> line.contains("lost")));
                assertThat(seen)
                        .containsExactly(
                                "server factory server null",
                                "server made server null",
                                "server data server null",
                                "server eof server null",
                                "server lost server null");
                seen.clear();
                ScopedValue.where(USER, "client")
                        .call(() -> on.loop.createConnection(() -> new Noting("client"), "127.0.0.1", server.port()))
                        .transport()
                        .close();
                on.until("the client's end came", () -> seen.stream().anyMatch(line -> line.startsWith("client lost")));
                assertThat(seen).contains("client factory client null", "client made client null");
                server.close();
                server.waitClosed();
            });
        }
    }

    @Test
    void aStreamHandlerHasTheValuesOfWhoStartedTheServer() throws Exception {
        try (TestLoop on = TestLoop.over(Net.MEMORY)) {
            on.run(() -> {
                Server server = ScopedValue.where(USER, "server")
                        .call(() -> on.loop.startServer((reader, writer) -> note("handler"), "127.0.0.1", 0));
                try (var connection = on.loop.openConnection("127.0.0.1", server.port())) {
                    assertThat(connection.reader().read(-1)).isEmpty();
                }
                server.close();
                server.waitClosed();
                assertThat(seen).containsExactly("handler server null");
            });
        }
    }

    private void note(String what) {
        seen.add(what + " " + USER.orElse("null") + " " + OTHER.orElse("null"));
    }

    private final class Noting implements Protocol {
        private final String name;

        Noting(String name) {
            this.name = name;
            note(name + " factory");
        }

        @Override
        public void connectionMade(Transport transport) {
            note(name + " made");
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            note(name + " data");
        }

        @Override
        public boolean eofReceived() {
            note(name + " eof");
            return false;
        }

        @Override
        public void connectionLost(@Nullable Throwable exception) {
            note(name + " lost");
        }
    }
}
