package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who sends a name gets the file: its length in a line, then its bytes, which the system sends. Arguments: port, folder. */
public final class FileServer {
    private FileServer() {}

    static void serve(EventLoop loop, Path folder, StreamReader reader, StreamWriter writer) throws Exception {
        for (String name; (name = reader.readLine(UTF_8)) != null; ) {
            Path file = folder.resolve(name).normalize();
            if (!file.startsWith(folder) || !loop.toThread(() -> Files.isRegularFile(file))) {
                writer.write("-1\n", UTF_8);
                continue;
            }
            long length = loop.toThread(() -> Files.size(file)); // disks block: not on the loop
            writer.write(length + "\n", UTF_8);
            if (writer.sendFile(file) != length) {
                writer.transport().abort(); // it was cut meanwhile, and the peer waits for the rest
                return;
            }
        }
    }

    public static void main(String... args) throws Exception {
        int port = Integer.parseInt(args[0]);
        Path folder = Path.of(args[1]).toRealPath();
        EventLoop.run(
                loop -> loop.startServer((reader, writer) -> serve(loop, folder, reader, writer), "127.0.0.1", port)
                        .serveForever());
    }
}
