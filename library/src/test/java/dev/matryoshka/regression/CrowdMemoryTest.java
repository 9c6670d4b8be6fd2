package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.Streams;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.StreamEchoes;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: five hundred connections that all have something to do in one pass do not hold five hundred chunks. Found as a pass of a
 * second in which a thousand streams each received a byte into fresh memory of their own.
 */
class CrowdMemoryTest {
    private static final String HOST = "127.0.0.1";
    private static final int CROWD = 500;
    private static final int ROUNDS = 4;

    /** What one turn of the tasks needs, and a pass's kept writes. */
    private static final int CHUNKS_MAX = 80;

    /** Twelve large messages at once, in the memory of few: whoever has received 64 KiB lets the tasks read them first. */
    private static final int LARGE_CROWD = 12;

    private static final byte[] LARGE = new byte[40_000];
    private static final int LARGE_CHUNKS_MAX = 4;

    /** Asks, and counts what comes back. */
    private static final class Asker implements Protocol {
        private final int[] answers;
        private Transport transport;

        Asker(int[] answers) {
            this.answers = answers;
        }

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            answers[0] += data.remaining();
        }
    }

    private interface Rush {
        void of(TestLoop testLoop, List<Asker> crowd, int[] answers) throws Exception;
    }

    /** A crowd of connections to an echo server on one loop; the rush, and their ends. */
    private static void withCrowd(Net net, int size, Rush rush) throws Exception {
        try (TestLoop testLoop = TestLoop.over(net)) {
            testLoop.run(() -> {
                EventLoop loop = testLoop.loop;
                Server server = Streams.startServer(loop, StreamEchoes::echo, HOST, 0);
                int[] answers = {0};
                List<Asker> crowd = new ArrayList<>();
                for (int i = 0; i < size; i++) {
                    crowd.add(loop.createConnection(() -> new Asker(answers), HOST, server.port())
                            .protocol());
                }
                rush.of(testLoop, crowd, answers);
                crowd.forEach(asker -> asker.transport.close());
                server.close();
                server.waitClosed();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aCrowdSharesFewChunks(Net net) throws Exception {
        withCrowd(net, CROWD, (testLoop, crowd, answers) -> {
            for (int round = 1; round <= ROUNDS; round++) {
                for (Asker asker : crowd) {
                    asker.transport.write(new byte[] {1});
                }
                int expected = round * CROWD;
                testLoop.until("everybody has an answer", () -> answers[0] == expected);
            }
            assertThat(testLoop.engine.readChunks().made()).as("for reading").isLessThan(CHUNKS_MAX);
            assertThat(testLoop.engine.chunks().made()).as("for writing").isLessThan(CHUNKS_MAX);
        });
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void largeMessagesAreReadWhileTheyAreInTheCache(Net net) throws Exception {
        withCrowd(net, LARGE_CROWD, (testLoop, crowd, answers) -> {
            for (Asker asker : crowd) {
                asker.transport.write(LARGE);
            }
            testLoop.until("everybody has an answer", () -> answers[0] == LARGE_CROWD * LARGE.length);
            assertThat(testLoop.engine.readChunks().made()).isLessThanOrEqualTo(LARGE_CHUNKS_MAX);
        });
    }
}
