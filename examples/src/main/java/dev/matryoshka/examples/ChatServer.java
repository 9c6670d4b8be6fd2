package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;

/** A chat room: the first line of a member is the name, and every later one is for all others. All without a lock. */
public final class ChatServer {
    /** A member who is so many bytes behind does not listen any more. */
    private static final int BEHIND_MAX_BYTES = 256 * 1024;

    private final Set<StreamWriter> members = new LinkedHashSet<>();

    void welcome(StreamReader reader, StreamWriter writer) throws IOException, InterruptedException {
        String name = reader.readLine(UTF_8);
        if (name == null) {
            return;
        }
        members.add(writer);
        try {
            tellOthers(writer, name + " is here");
            for (String line; (line = reader.readLine(UTF_8)) != null; ) {
                tellOthers(writer, name + ": " + line);
            }
        } finally {
            members.remove(writer);
            tellOthers(writer, name + " has left");
        }
    }

    /** On the transports, the doll below, where a write never parks: nobody waits for the slowest member. */
    private void tellOthers(StreamWriter speaker, String line) {
        byte[] bytes = (line + "\n").getBytes(UTF_8);
        for (StreamWriter member : members) {
            if (member.transport().writeBufferSize() > BEHIND_MAX_BYTES) {
                member.transport().abort();
            } else if (member != speaker) {
                member.transport().write(bytes);
            }
        }
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        ChatServer room = new ChatServer();
        EventLoop.run(loop -> loop.startServer(room::welcome, "127.0.0.1", port).serveForever());
    }
}
