package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S-74")
class ChatServerTest {
    private RunningMain room;

    @BeforeEach
    void open() throws Exception {
        room = RunningMain.start(ChatServer::main);
    }

    @AfterEach
    void close() throws Exception {
        room.close();
    }

    /** Somebody with a keyboard and a screen. */
    private final class Member implements AutoCloseable {
        private final Socket socket = room.connect();
        private final BufferedReader screen = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));

        Member(String name) throws IOException {
            says(name);
        }

        void says(String line) throws IOException {
            socket.getOutputStream().write((line + "\n").getBytes(UTF_8));
        }

        String reads() throws IOException {
            return screen.readLine();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void whatOneSaysAllOthersRead() throws Exception {
        try (Member anna = new Member("Anna");
                Member boris = new Member("Boris")) {
            assertThat(anna.reads()).isEqualTo("Boris is here");
            Member clara = new Member("Clara");
            assertThat(anna.reads()).isEqualTo("Clara is here");
            assertThat(boris.reads()).isEqualTo("Clara is here");

            anna.says("Good evening");
            assertThat(boris.reads()).isEqualTo("Anna: Good evening");
            assertThat(clara.reads()).isEqualTo("Anna: Good evening");

            clara.close();
            assertThat(anna.reads()).isEqualTo("Clara has left");
            assertThat(boris.reads()).isEqualTo("Clara has left");
        }
    }

    @Test
    void whoDoesNotReadIsDroppedAndNobodyWaits() throws Exception {
        String speech = "bla ".repeat(12_000);
        try (Member deaf = new Member("Deaf");
                Member anna = new Member("Anna");
                Member boris = new Member("Boris")) {
            assertThat(anna.reads()).isEqualTo("Boris is here");
            // More than the sockets between the server and Deaf can take: Boris hears of it when Deaf is dropped.
            boolean left = false;
            for (int i = 0; i < 1_000 && !left; i++) {
                anna.says(speech);
                String heard = boris.reads();
                left = heard.equals("Deaf has left");
                assertThat(left || heard.equals("Anna: " + speech)).isTrue();
            }
            assertThat(left).isTrue();
        }
    }
}
