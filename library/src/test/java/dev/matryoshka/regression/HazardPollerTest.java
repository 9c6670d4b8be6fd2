package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal (hazard 2): the JDK's own poller threads do not become tasks of a loop. A virtual thread inherits its maker's
 * scheduler, and the JDK makes its pollers at the first blocking java.net call of the JVM: were that made by a task, they
 * would be carried by its loop, and stand still for the whole JVM once that loop is closed.
 *
 * <p>Method: a JVM of its own, whose first such call comes from a task; then the loop is closed, and a virtual thread of the
 * JDK reads from a socket.
 */
class HazardPollerTest {
    @Test
    @Timeout(180)
    void afterALoopIsClosedOrdinaryVirtualThreadsStillRead() throws Exception {
        assertThat(ForkedJvm.run(FirstCallInTask.class, ForkedJvm.ADD_OPENS, ForkedJvm.NATIVE_ACCESS))
                .contains("in the task: 65")
                .contains("afterwards: 66");
    }

    /** They are made by another thread then, which waited for the class that waited for it. */
    @Test
    @Timeout(180)
    void theFirstTaskOfTheJvmMayBeMadeByAnOrdinaryVirtualThread() throws Exception {
        assertThat(ForkedJvm.run(FirstTaskOnVirtualThread.class, ForkedJvm.ADD_OPENS, ForkedJvm.NATIVE_ACCESS))
                .contains("the task: 42");
    }

    static final class FirstTaskOnVirtualThread {
        private FirstTaskOnVirtualThread() {}

        public static void main(String[] arguments) throws InterruptedException {
            Thread maker = Thread.ofVirtual().start(() -> {
                try (EventLoop loop = EventLoop.open()) {
                    System.out.println("the task: " + loop.runUntilComplete(loop.createTask(() -> 42)));
                } catch (Exception failed) {
                    System.out.println(failed);
                }
            });
            if (!maker.join(Duration.ofSeconds(30))) {
                System.out.println("the first task of the JVM cannot be made");
                Runtime.getRuntime().halt(1);
            }
        }
    }

    static final class FirstCallInTask {
        private FirstCallInTask() {}

        public static void main(String[] arguments) throws Exception {
            EventLoop.run(loop -> {
                try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
                    writeFrom(server, 'A');
                    System.out.println("in the task: " + readOne(server));
                }
            });
            try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
                writeFrom(server, 'B');
                Thread reader = Thread.ofVirtual().start(() -> System.out.println("afterwards: " + readOne(server)));
                if (!reader.join(Duration.ofSeconds(30))) {
                    System.out.println("an ordinary virtual thread cannot read any more");
                    Runtime.getRuntime().halt(1);
                }
            }
        }

        private static int readOne(ServerSocket server) {
            try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
                return client.getInputStream().read();
            } catch (IOException failed) {
                throw new IllegalStateException(failed);
            }
        }

        /** Accepts on a platform thread, and writes when the reader has surely come to wait. */
        private static void writeFrom(ServerSocket server, int value) {
            Thread.ofPlatform().daemon().start(() -> {
                try (Socket accepted = server.accept()) {
                    Thread.getAllStackTraces(); // takes some milliseconds
                    accepted.getOutputStream().write(value);
                } catch (IOException closed) {
                    System.out.println(closed);
                }
            });
        }
    }
}
