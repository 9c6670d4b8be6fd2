package dev.matryoshka.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.task.Task;
import dev.matryoshka.testing.TestNetwork;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PortScanTest {
    @Test
    void theOpenPortsAreFoundInOrder() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.run(loop -> {
                Server one = loop.createServer(() -> new Protocol() {}, "127.0.0.1", 1017);
                Server other = loop.createServer(() -> new Protocol() {}, "127.0.0.1", 1900);

                assertThat(PortScan.openPorts(loop, "127.0.0.1", 1000, 2000)).containsExactly(1017, 1900);
                one.close();
                other.close();
            });
        }
    }

    @Test
    void whoIsCancelledLeavesNoTaskBehind() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.run(loop -> {
                Task<?> scan = loop.createTask(() -> PortScan.openPorts(loop, "127.0.0.1", 1, 5000));
                Task.yield();
                assertThat(loop.allTasks()).hasSizeGreaterThan(2);
                scan.cancel();
                while (!scan.isDone()) {
                    Task.sleep(Duration.ofMillis(1));
                }

                assertThat(scan.isCancelled()).isTrue();
                assertThat(loop.allTasks()).hasSize(1);
            });
        }
    }

    @Test
    void theProgramFindsASocketOfTheJdk() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"))) {
            int port = listener.getLocalPort();

            assertThat(Output.of(PortScan::main, "127.0.0.1", port, port)).isEqualTo("open: [" + port + "]\n");
        }
    }
}
