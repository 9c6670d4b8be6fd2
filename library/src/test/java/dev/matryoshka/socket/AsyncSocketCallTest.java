package dev.matryoshka.socket;

import static dev.matryoshka.socket.SocketPair.ascii;
import static dev.matryoshka.socket.SocketPair.recvExactly;
import static dev.matryoshka.socket.SocketPair.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: what one call brings, moves and refuses. Over every kernel in fair weather, where one call can be counted on. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass
@MethodSource("dev.matryoshka.support.Net#fair")
class AsyncSocketCallTest {
    private final Net net;

    AsyncSocketCallTest(Net net) {
        this.net = net;
    }

    private interface WithPair {
        void run(TestLoop on, SocketPair pair) throws Exception;
    }

    private void onPair(WithPair body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on)) {
                    body.run(on, pair);
                }
            });
        }
    }

    @Proves(
            value = {"S-13", "S-23", "S-8", "sock_recv", "sock_sendall"},
            ports = "test_sock_lowlevel.test_sock_client_ops")
    @Test
    void aMessageGoesThereAndBack() throws Exception {
        onPair((on, pair) -> {
            pair.client().sendAll(ascii("hello"));
            assertThat(text(pair.server().recv(100))).isEqualTo("hello");
            pair.server().sendAll(ByteBuffer.wrap(ascii("world")));
            assertThat(text(pair.client().recv(100))).isEqualTo("world");
        });
    }

    @Proves({"S-23", "sock_recv_into"})
    @Test
    void recvIntoMovesThePositionAndKeepsToTheRoom() throws Exception {
        onPair((on, pair) -> {
            pair.client().sendAll(ascii("hello world"));
            for (ByteBuffer buffer : new ByteBuffer[] {ByteBuffer.allocate(10), ByteBuffer.allocateDirect(10)}) {
                buffer.position(2).limit(5);
                assertThat(pair.server().recvInto(buffer)).isEqualTo(3);
                assertThat(buffer.position()).isEqualTo(5);
                assertThat(buffer.get(0)).isZero();
                assertThat(buffer.get(2)).isNotZero();
            }
            assertThat(text(recvExactly(pair.server(), 5))).isEqualTo("world");
        });
    }

    @Test
    void awaitReadableTakesNothingAndReturnsForBytesAndForTheEnd() throws Exception {
        onPair((on, pair) -> {
            Task<?> waiting = on.loop.createTask(() -> pair.server().awaitReadable());
            on.passes(3);
            assertThat(waiting.isDone()).isFalse();
            pair.client().sendAll(ascii("hello"));
            waiting.await();
            pair.server().awaitReadable(); // still so
            assertThat(text(pair.server().recv(100))).isEqualTo("hello");
            Task<?> again = on.loop.createTask(() -> pair.server().awaitReadable());
            on.passes(3);
            assertThat(again.isDone()).isFalse();
            pair.client().shutdownOutput();
            again.await();
            for (int i = 0; i < 2; i++) {
                assertThat(pair.server().recvInto(ByteBuffer.allocate(1))).isEqualTo(-1);
                pair.server().awaitReadable();
            }
        });
    }

    @Test
    void awaitReadableLetsTheOthersRun() throws Exception {
        onPair((on, pair) -> {
            pair.client().sendAll(ascii("hello"));
            long before = on.engine.counters().passes;
            for (int i = 0; i < 1_000; i++) {
                pair.server().awaitReadable();
            }
            assertThat(on.engine.counters().passes - before).isGreaterThanOrEqualTo(1_000 / 64);
        });
    }

    @Test
    void recvBringsAtMostWhatWasAsked() throws Exception {
        onPair((on, pair) -> {
            pair.client().sendAll(ascii("hello"));
            assertThat(text(pair.server().recv(2))).isEqualTo("he");
            assertThat(text(pair.server().recv(Integer.MAX_VALUE))).isEqualTo("llo");
        });
    }

    @Test
    void aBufferWithoutRoomReceivesNothingAndDoesNotWait() throws Exception {
        onPair((on, pair) -> {
            assertThat(pair.server().recvInto(ByteBuffer.allocate(0))).isZero();
            assertThat(pair.client().send(ByteBuffer.allocate(0))).isZero();
            pair.client().sendAll(new byte[0]);
            pair.client().sendAll(ByteBuffer.allocate(0), ByteBuffer.allocate(0));
            pair.client().sendAll(new ByteBuffer[0]);
        });
    }

    @Test
    void aMisuseOfBuffersIsToldAtOnce() throws Exception {
        onPair((on, pair) -> {
            assertThatThrownBy(
                            () -> pair.server().recvInto(ByteBuffer.allocate(9).asReadOnlyBuffer()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> pair.server().recv(0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0");
        });
    }

    @Test
    void bytesBeforeTheEndAreDeliveredBeforeTheEnd() throws Exception {
        onPair((on, pair) -> {
            pair.client().sendAll(ascii("last words"));
            pair.client().close();
            on.passes(3);
            assertThat(text(pair.server().recv(4))).isEqualTo("last");
            assertThat(text(pair.server().recv(99))).isEqualTo(" words");
            assertThat(pair.server().recv(99)).isEmpty();
        });
    }
}
