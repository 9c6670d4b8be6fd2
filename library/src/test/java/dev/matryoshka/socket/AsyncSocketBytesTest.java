package dev.matryoshka.socket;

import static dev.matryoshka.socket.SocketPair.ascii;
import static dev.matryoshka.socket.SocketPair.noise;
import static dev.matryoshka.socket.SocketPair.recvExactly;
import static dev.matryoshka.socket.SocketPair.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.task.TaskGroup;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: what is sent arrives, whole and in order, and each end of a stream is told as what it is. Method: both ends in tasks of one
 * loop, over every kernel in every weather.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@ParameterizedClass
@EnumSource(Net.class)
class AsyncSocketBytesTest {
    private static final int MIB = 1 << 20;

    private final Net net;

    /** A mebibyte in fair weather; less where each byte is a call. */
    private final int manyBytes;

    AsyncSocketBytesTest(Net net) {
        this.net = net;
        this.manyBytes = Net.fair().anyMatch(fair -> fair == net) ? MIB : 5_000;
    }

    private interface WithPair {
        void run(TestLoop on, SocketPair pair) throws Exception;
    }

    private void onPair(int windowBytes, WithPair body) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                try (SocketPair pair = SocketPair.open(on, windowBytes)) {
                    body.run(on, pair);
                }
            });
        }
    }

    private void onPair(WithPair body) throws Exception {
        onPair(0, body);
    }

    @Proves("S-12")
    @Test
    void theEndOfTheStreamIsToldEachTime() throws Exception {
        onPair((on, pair) -> {
            pair.client().sendAll(ascii("bye"));
            pair.client().shutdownOutput();
            assertThat(text(recvExactly(pair.server(), 3))).isEqualTo("bye");
            for (int i = 0; i < 3; i++) {
                assertThat(pair.server().recvInto(ByteBuffer.allocate(9))).isEqualTo(-1);
                assertThat(pair.server().recv(9)).isEmpty();
            }
        });
    }

    @Proves({"S-56", "S-12", "S-59"})
    @Test
    void aHalfClosedConnectionStillBringsTheAnswer() throws Exception {
        onPair((on, pair) -> {
            pair.client().sendAll(ascii("question"));
            pair.client().shutdownOutput();
            pair.client().shutdownOutput();
            assertThat(text(recvExactly(pair.server(), 8))).isEqualTo("question");
            assertThat(pair.server().recv(1)).isEmpty();
            pair.server().sendAll(ascii("answer"));
            pair.server().close();
            assertThat(text(recvExactly(pair.client(), 6))).isEqualTo("answer");
            assertThat(pair.client().recv(1)).isEmpty();
        });
    }

    @Proves("S-59")
    @Test
    void toSendAfterTheOwnEndIsClosedNotBroken() throws Exception {
        onPair((on, pair) -> {
            pair.client().shutdownOutput();
            assertThatThrownBy(() -> pair.client().sendAll(ascii("x"))).isInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> pair.client().send(ByteBuffer.allocate(1)))
                    .isInstanceOf(ClosedChannelException.class);
        });
    }

    @Test
    void afterShutdownInputThereIsOnlyTheEnd() throws Exception {
        onPair((on, pair) -> {
            Task<byte[]> waiting = on.loop.createTask(() -> pair.server().recv(9));
            on.passes(3);
            pair.server().shutdownInput();
            assertThat(waiting.await()).isEmpty();
            assertThat(pair.server().recvInto(ByteBuffer.allocate(9))).isEqualTo(-1);
            pair.server().sendAll(ascii("still sends"));
            assertThat(text(recvExactly(pair.client(), 11))).isEqualTo("still sends");
        });
    }

    @Proves(
            value = {"S-15", "sock_sendall", "sock_recv", "sock_recv_into"},
            ports = {"test_sock_lowlevel.test_huge_content", "test_sock_lowlevel.test_huge_content_recvinto"})
    @Test
    void aMebibyteGoesBothWaysAtOnce() throws Exception {
        onPair(8 * 1024, (on, pair) -> {
            byte[] there = noise(manyBytes, 1);
            byte[] back = noise(manyBytes, 2);
            TaskGroup.run(group -> {
                group.createTask(() -> pair.client().sendAll(there));
                group.createTask(() -> pair.server()
                        .sendAll(ByteBuffer.allocateDirect(manyBytes).put(back).flip()));
                Task<byte[]> atServer = group.createTask(() -> recvExactly(pair.server(), manyBytes));
                Task<byte[]> atClient = group.createTask(() -> collect(pair.client(), manyBytes));
                assertThat(atServer.await()).isEqualTo(there);
                assertThat(atClient.await()).isEqualTo(back);
            });
        });
    }

    /** By recv(int), where {@link SocketPair#recvExactly} goes by recvInto. */
    private static byte[] collect(AsyncSocket socket, int count) throws Exception {
        ByteBuffer all = ByteBuffer.allocate(count);
        while (all.hasRemaining()) {
            all.put(socket.recv(Math.min(10_000, all.remaining())));
        }
        return all.array();
    }

    @Test
    void severalBuffersLeaveInOrder() throws Exception {
        onPair(8 * 1024, (on, pair) -> {
            byte[] bytes = noise(manyBytes / 100 * 100, 3);
            ByteBuffer[] pieces = new ByteBuffer[bytes.length / 100];
            for (int i = 0; i < pieces.length; i++) {
                ByteBuffer piece = ByteBuffer.wrap(bytes, i * 100, 100);
                pieces[i] = i % 2 == 0
                        ? piece
                        : ByteBuffer.allocateDirect(100).put(piece).flip();
            }
            pieces[7].position(pieces[7].limit()); // one that is empty among them
            Task<byte[]> received = on.loop.createTask(() -> recvExactly(pair.server(), bytes.length - 100));
            pair.client().sendAll(pieces);
            byte[] whole = received.await();
            assertThat(Arrays.copyOf(whole, 700)).isEqualTo(Arrays.copyOf(bytes, 700));
            assertThat(Arrays.copyOfRange(whole, 700, whole.length))
                    .isEqualTo(Arrays.copyOfRange(bytes, 800, bytes.length));
            assertThat(pieces)
                    .allSatisfy(piece -> assertThat(piece.hasRemaining()).isFalse());
        });
    }

    @Proves({"S-11", "S-15"})
    @Test
    void sendTakesWhatFitsAndSaysSo() throws Exception {
        onPair(8 * 1024, (on, pair) -> {
            ByteBuffer large = ByteBuffer.wrap(noise(4 * MIB, 4));
            int taken = pair.client().send(large);
            assertThat(taken).isBetween(1, 4 * MIB - 1).isEqualTo(large.position());
            assertThat(recvExactly(pair.server(), taken)).isEqualTo(Arrays.copyOf(large.array(), taken));
        });
    }

    @Test
    void aResetIsBrokenNotTheEndAndStaysBroken() throws Exception {
        onPair((on, pair) -> {
            pair.client().setOption(StandardSocketOptions.SO_LINGER, 0);
            pair.client().close();
            on.passes(2);
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> pair.server().recv(9))
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("127.0.0.1");
                assertThatThrownBy(() -> pair.server().recvInto(ByteBuffer.allocate(9)))
                        .isInstanceOf(SocketException.class);
            }
        });
    }

    @Test
    void toSendToAPeerThatIsGoneIsBroken() throws Exception {
        onPair((on, pair) -> {
            pair.client().setOption(StandardSocketOptions.SO_LINGER, 0);
            pair.client().close();
            on.passes(2);
            assertThatThrownBy(() -> {
                        pair.server().sendAll(ascii("x"));
                        pair.server().sendAll(ascii("x"));
                    })
                    .isInstanceOf(SocketException.class);
        });
    }
}
