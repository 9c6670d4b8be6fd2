package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.LimitOverrunException;
import dev.matryoshka.stream.StreamOptions;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.transport.ServerOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A line protocol on the outer doll: {@code SET key value}, {@code GET key}. A map that all tasks share, and no lock. */
public final class KeyValueServer {
    private final Map<String, String> values = new HashMap<>();

    void serve(StreamReader reader, StreamWriter writer) throws Exception {
        try {
            for (String line; (line = reader.readLine(UTF_8)) != null; ) {
                writer.write(answer(line) + "\n", UTF_8);
            }
        } catch (LimitOverrunException tooLong) {
            writer.write("ERROR a line has at most " + reader.limitBytes() + " bytes\n", UTF_8);
        }
    }

    private String answer(String line) {
        String[] words = line.split(" ", 3);
        if (words.length == 3 && words[0].equals("SET")) {
            values.put(words[1], words[2]);
            return "OK";
        }
        if (words.length == 2 && words[0].equals("GET")) {
            return values.getOrDefault(words[1], "NONE");
        }
        return "ERROR what is " + line;
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        KeyValueServer store = new KeyValueServer();
        StreamOptions streams = StreamOptions.defaults().withLimit(1024).withReadTimeout(Duration.ofMinutes(5));
        ServerOptions limits = ServerOptions.defaults()
                .withMaxConnections(10_000)
                .withFirstByteTimeout(Duration.ofSeconds(10))
                .withIdleTimeout(Duration.ofMinutes(10));
        EventLoop.run(loop -> loop.startServer(store::serve, "127.0.0.1", port, streams, limits)
                .serveForever());
    }
}
