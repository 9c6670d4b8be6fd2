package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.engine.ChunkPool;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import dev.matryoshka.transport.Transport;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a connection whose peer does not read holds memory for the bytes that are stuck, and not a chunk of 64 KiB for each
 * hundred of them: ten thousand slow peers would hold 640 MB.
 */
class SlowPeersMemoryTest {
    private static final String HOST = "127.0.0.1";
    private static final int CROWD = 200;
    private static final int PIECE_BYTES = 100;

    /** So many times 7 KiB are more than the sockets of a connection hold. */
    private static final int FILL_ROUNDS_MAX = 5_000;

    /** Writes numbered bytes in small pieces until the peer's window is full. */
    private static final class Talker implements Protocol {
        private Transport transport;
        private int written;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
        }

        @Override
        public void dataReceived(ByteBuffer data) {}

        boolean isStuck() {
            return transport.writeBufferSize() > 0;
        }

        void talk(int byteCount) {
            byte[] piece = new byte[byteCount];
            for (int i = 0; i < byteCount; i++) {
                piece[i] = (byte) (written++ % 251);
            }
            transport.write(piece);
        }
    }

    /** Does not read before it is told to; then checks the order of what comes. */
    private static final class Sleeper implements Protocol {
        private Transport transport;
        private int heard;

        @Override
        public void connectionMade(Transport made) {
            transport = made;
            made.pauseReading();
        }

        @Override
        public void dataReceived(ByteBuffer data) {
            while (data.hasRemaining()) {
                assertThat(data.get()).isEqualTo((byte) (heard++ % 251));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void fewStuckBytesHoldNoChunk(Net net) throws Exception {
        try (TestLoop testLoop = TestLoop.over(net)) {
            testLoop.run(() -> {
                EventLoop loop = testLoop.loop;
                ChunkPool chunks = testLoop.engine.chunks();
                List<Sleeper> sleepers = new ArrayList<>();
                Server server = loop.createServer(
                        () -> {
                            Sleeper sleeper = new Sleeper();
                            sleepers.add(sleeper);
                            return sleeper;
                        },
                        HOST,
                        0,
                        ServerOptions.defaults().withBacklog(CROWD));
                List<Talker> talkers = new ArrayList<>();
                for (int i = 0; i < CROWD; i++) {
                    Talker talker = loop.createConnection(Talker::new, HOST, server.port())
                            .protocol();
                    talker.transport.setOption(StandardSocketOptions.SO_SNDBUF, 8 * 1024);
                    talkers.add(talker);
                }
                boolean exact = net == Net.MEMORY; // the windows of an operating system open a little by themselves
                int stuck = 0;
                for (int tries = 0; stuck == 0 && tries < 5; tries++) {
                    fillWindows(testLoop, talkers);
                    stuck = unsent(talkers);
                    assertThat(chunks.inUse())
                            .as("chunks for " + CROWD + " slow peers")
                            .isZero();
                }
                assertThat(stuck).as("bytes that are stuck").isPositive();

                for (int round = 0; round < 4; round++) {
                    talkers.forEach(talker -> talker.talk(PIECE_BYTES));
                    testLoop.passes(1);
                }
                assertThat(chunks.inUse()).as("chunks after some more bytes").isZero();
                if (exact) {
                    assertThat(unsent(talkers)).as("bytes in the buffers").isEqualTo(stuck + CROWD * 4 * PIECE_BYTES);
                }

                talkers.forEach(talker -> talker.talk(20_000));
                if (exact) {
                    assertThat(chunks.inUse()).as("chunks for many bytes").isEqualTo(CROWD);
                }
                talkers.forEach(talker -> talker.talk(PIECE_BYTES));

                sleepers.forEach(sleeper -> sleeper.transport.resumeReading());
                int all = talkers.stream().mapToInt(t -> t.written).sum();
                testLoop.until(
                        "everything has come",
                        () -> sleepers.stream().mapToInt(s -> s.heard).sum() == all);
                assertThat(chunks.inUse()).isZero();
                talkers.forEach(talker -> talker.transport.close());
                server.close();
                server.waitClosed();
            });
        }
    }

    private static int unsent(List<Talker> talkers) {
        return talkers.stream()
                .mapToInt(talker -> talker.transport.writeBufferSize())
                .sum();
    }

    /** In many passes, so that what fills the last window is a rest in a chunk. */
    private static void fillWindows(TestLoop testLoop, List<Talker> talkers) throws InterruptedException {
        boolean full = false;
        for (int rounds = 0; !full; rounds++) {
            assertThat(rounds).as("rounds until every window is full").isLessThan(FILL_ROUNDS_MAX);
            full = true;
            for (Talker talker : talkers) {
                if (!talker.isStuck()) {
                    talker.talk(7 * 1024);
                    full = false;
                }
            }
            testLoop.passes(2);
        }
    }
}
