package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BehindProxyTest {
    @TempDir
    private Path folder;

    @Test
    void theClientIsGreetedByTheAddressThatTheProxyTold() throws Exception {
        Path file = folder.resolve("wire.pcap");
        try (RunningMain running = RunningMain.start(BehindProxy::main, file.toString());
                Socket socket = running.connect()) {
            socket.getOutputStream().write("PROXY TCP4 192.0.2.7 198.51.100.1 5000 443\r\nan echo".getBytes(UTF_8));
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .isEqualTo("hello /192.0.2.7:5000\nan echo");
        }
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).contains("an echo");
    }
}
