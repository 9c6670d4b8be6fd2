package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.NonBlockingSocket;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.resolve.HappyEyeballs;
import dev.matryoshka.support.FullListener;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.ConnectOptions;
import dev.matryoshka.transport.Connection;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * B12, gh-124309, gh-98388: two attempts of a staggered race that connected in one pass of the loop made it crash, or left the
 * second one's socket open for ever. Goal: one wins, the other is closed in the same instant. Method: two listeners with full
 * queues; one callback makes room in both, so that one poll tells of both clients.
 */
@Proves({"B12", "I-22"})
@ExtendWith(LeakCheck.class)
class AsyncioB12Test {
    private static final ConnectOptions IN_ORDER =
            ConnectOptions.defaults().withHappyEyeballs(new HappyEyeballs(Duration.ofMillis(250), 0));

    @FunctionalInterface
    private interface Body {
        void run(TestLoop on, FullListener first, FullListener second) throws Exception;
    }

    /** At 300 ms the queues of both listeners have room, each with one client that waits for it. */
    private static void run(Body body) throws Exception {
        try (TestLoop on = TestLoop.over(new MemoryNetwork())) {
            on.run(() -> {
                FullListener first = FullListener.open(on, "127.0.0.2");
                FullListener second = FullListener.open(on, "127.0.0.3");
                on.loop.callLater(Duration.ofMillis(300), () -> {
                    take(first);
                    take(second);
                });
                body.run(on, first, second);
                first.close();
                second.close();
            });
        }
    }

    private static void take(FullListener full) {
        try {
            full.takeQueued();
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void ofTwoThatConnectInOnePassOneWinsAndTheOtherIsClosed() throws Exception {
        run((on, first, second) -> {
            Connection<Recorder> made =
                    on.loop.createConnection(Recorder::new, List.of(first.address(), second.address()), IN_ORDER);
            SocketAddress winner = made.transport().remoteAddress();
            FullListener loser = winner.equals(first.address()) ? second : first;
            assertLetGo(on, loser);
            assertThat(on.engine.load().channels()).as("the winner alone").isEqualTo(1);
            made.transport().abort();
        });
    }

    @Test
    void whoeverGivesUpWhenTheFirstHasWonLeavesNeitherOpen() throws Exception {
        run((on, first, second) -> {
            List<CompletableFuture<?>> connecting = new ArrayList<>();
            Recorder recorder = new Recorder();
            connecting.add(on.loop.createConnectionAsync(
                    () -> {
                        connecting.getFirst().cancel(true);
                        return recorder;
                    },
                    "host.example",
                    first.address().getPort(),
                    IN_ORDER.withResolver(host -> CompletableFuture.completedFuture(List.of(
                            first.address().getAddress(), second.address().getAddress())))));
            on.until("it was cancelled or refused", () -> connecting.getFirst().isDone());
            on.until("nothing is left", () -> on.engine.load().channels() == 0);
            assertThat(recorder.heard.events).isEmpty();
        });
    }

    /** It had connected, so there is somebody to hear of the end. */
    private static void assertLetGo(TestLoop on, FullListener loser) throws Exception {
        NonBlockingSocket peer = loser.accept();
        assertThat(peer).isNotNull();
        on.until("its peer has closed it", () -> isAtEnd(peer));
    }

    private static boolean isAtEnd(NonBlockingSocket socket) {
        try {
            return socket.tryRecv(ByteBuffer.allocate(1)) == NonBlockingSocket.EOF;
        } catch (IOException reset) {
            return true;
        }
    }
}
