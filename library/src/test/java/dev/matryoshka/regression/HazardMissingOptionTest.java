package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: without the JVM option that tasks need, a task fails at once with a message that states the option, and callbacks,
 * timers and protocols work.
 *
 * <p>Method: a JVM of its own without options.
 */
class HazardMissingOptionTest {
    @Test
    @Timeout(180)
    void withoutTheOptionTasksAreRefusedAndProtocolsWork() throws Exception {
        assertThat(ForkedJvm.run(NoOptions.class, ForkedJvm.NATIVE_ACCESS))
                .contains("createTask: IllegalStateException: tasks need the JVM option"
                        + " --add-opens java.base/java.lang=ALL-UNNAMED ")
                .contains("run: IllegalStateException: tasks need the JVM option")
                .contains("callback, timer, from outside, echo 42");
    }

    @Test
    @Timeout(180)
    void withoutAnyOptionTheLoopStillTurns() throws Exception {
        assertThat(ForkedJvm.run(NoOptions.class)).contains("callback, timer, from outside, echo 42");
    }

    static final class NoOptions {
        private NoOptions() {}

        public static void main(String[] arguments) throws Exception {
            try (EventLoop loop = EventLoop.open()) {
                tell("createTask", () -> loop.createTask(() -> 1));
                StringBuilder log = new StringBuilder();
                loop.callSoon(() -> log.append("callback, "));
                loop.callLater(Duration.ofMillis(1), () -> {
                    log.append("timer, ");
                    Thread.ofPlatform()
                            .start(() -> loop.callSoonThreadsafe(() -> {
                                log.append("from outside, ");
                                loop.stop();
                            }));
                });
                loop.runForever();
                log.append("echo ").append(echo(loop));
                System.out.println(log);
            }
            tell("run", () -> {
                EventLoop.run(main -> {});
                return null;
            });
        }

        private static int echo(EventLoop loop) throws Exception {
            int[] answer = new int[1];
            try (Server server = loop.createServer(Echo::new, "127.0.0.1", 0)) {
                int port = server.port();
                Thread client = Thread.ofPlatform().start(() -> {
                    try (Socket socket = new Socket("127.0.0.1", port)) {
                        socket.getOutputStream().write(42);
                        answer[0] = socket.getInputStream().read();
                    } catch (java.io.IOException failed) {
                        System.out.println(failed);
                    }
                    loop.stop();
                });
                loop.runForever();
                client.join();
            }
            return answer[0];
        }

        private static void tell(String what, java.util.concurrent.Callable<?> call) {
            try {
                System.out.println(what + ": " + call.call());
            } catch (Exception refused) {
                System.out.println(what + ": " + refused.getClass().getSimpleName() + ": " + refused.getMessage());
            }
        }
    }

    private static final class Echo implements Protocol {
        private @Nullable Transport transport;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            transport.write(data);
        }
    }
}
