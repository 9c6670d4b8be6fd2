package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileServerTest {
    @Test
    @SuppressWarnings("deprecation") // DataInputStream.readLine: ASCII it is
    void filesOfTheFolderAreSentAndNoOthers(@TempDir Path root) throws Exception {
        Path folder = Files.createDirectory(root.resolve("shared"));
        Files.writeString(root.resolve("secret"), "not for you");
        Files.writeString(folder.resolve("empty"), "");
        byte[] large = new byte[3_000_000];
        new Random(13).nextBytes(large);
        Files.write(folder.resolve("large"), large);
        try (RunningMain server = RunningMain.start(FileServer::main, folder.toString());
                Socket socket = server.connect()) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            socket.getOutputStream().write("../secret\nempty\nlarge\nnowhere\nlarge\n".getBytes(UTF_8));

            assertThat(in.readLine()).isEqualTo("-1");
            assertThat(in.readLine()).isEqualTo("0");
            assertThat(in.readLine()).isEqualTo("3000000");
            assertThat(in.readNBytes(large.length)).isEqualTo(large);
            assertThat(in.readLine()).isEqualTo("-1");
            assertThat(in.readLine()).isEqualTo("3000000");
            assertThat(in.readNBytes(large.length)).isEqualTo(large);
            socket.shutdownOutput();
            assertThat(in.read()).isEqualTo(-1);
        }
    }
}
