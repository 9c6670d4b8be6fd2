package dev.matryoshka.transport;

import static dev.matryoshka.transport.DatagramTransportTest.HERE;
import static dev.matryoshka.transport.DatagramTransportTest.close;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.support.HeardDatagrams;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Spent;
import dev.matryoshka.support.TestLoop;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Goal: what a datagram costs, in system calls and objects. Method: a ball that goes back and forth, and counters. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramCostTest {
    private static final int ROUND_DATAGRAMS = 2_000;

    /**
     * None of ours; but the JDK looks at the errno cell of a foreign call through an object of 40 bytes, which its compiler does not
     * see through in a receive with six arguments. An address that was converted again would be 100 bytes more.
     */
    private static final int BYTES_PER_DATAGRAM_MAX = 100;

    /** Sends back what it gets until it has had enough; keeps no list of it. */
    private static final class Player extends HeardDatagrams {
        private int left;
        private CompletableFuture<Void> over = new CompletableFuture<>();

        @Override
        public void datagramReceived(ByteBuffer datagram, SocketAddress sender) {
            if (left-- > 0) {
                transport.sendTo(datagram, sender);
            } else {
                over.complete(null);
            }
        }

        private void serve(int datagrams, SocketAddress to) throws Exception {
            begin(datagrams, to);
            over.get();
        }

        private void begin(int datagrams, SocketAddress to) {
            left = datagrams;
            over = new CompletableFuture<>();
            transport.sendTo(new byte[100], to);
        }
    }

    @Test
    void aDatagramIsOneSendAndTwoReceives() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        try (TestLoop on = TestLoop.unchecked(Net.EPOLL.provider())) {
            on.run(() -> {
                Player a = DatagramTransportTest.open(on, new Player(), HERE);
                HeardDatagrams b = DatagramTransportTest.open(on, new Mirror(), HERE);
                a.serve(10, b.transport.localAddress());
                SystemCalls before = on.calls();
                a.serve(499, b.transport.localAddress());
                SystemCalls spent = on.calls().since(before);
                assertThat(spent.send).isEqualTo(1000);
                assertThat(spent.recv)
                        .as("each with the one that finds nothing")
                        .isBetween(1000L, 2000L);
                assertThat(spent.control).as("changes of registrations").isZero();
                close(on, a, b);
            });
        }
    }

    @Test
    void aConversationCostsNoObjectOfOurs() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        try (TestLoop on = TestLoop.unchecked(Net.EPOLL.provider())) {
            on.run(() -> {
                Player a = DatagramTransportTest.open(on, new Player(), HERE);
                HeardDatagrams b = DatagramTransportTest.open(on, new Mirror(), HERE);
                assertThat(Spent.bytesPerMessage(
                                on,
                                ROUND_DATAGRAMS,
                                BYTES_PER_DATAGRAM_MAX,
                                () -> a.serve(ROUND_DATAGRAMS, b.transport.localAddress())))
                        .as("bytes allocated per datagram and its answer")
                        .isLessThan(BYTES_PER_DATAGRAM_MAX);
                close(on, a, b);
            });
        }
    }

    /** Their datagrams come in turn, so the last sender is hardly ever the next. */
    @Test
    void conversationsWithManyPeersCostNoObjectOfOursEither() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        int peers = 10;
        try (TestLoop on = TestLoop.unchecked(Net.EPOLL.provider())) {
            on.run(() -> {
                HeardDatagrams mirror = DatagramTransportTest.open(on, new Mirror(), HERE);
                Player[] players = new Player[peers];
                for (int i = 0; i < peers; i++) {
                    players[i] = DatagramTransportTest.open(on, new Player(), HERE);
                }
                assertThat(Spent.bytesPerMessage(on, ROUND_DATAGRAMS, BYTES_PER_DATAGRAM_MAX, () -> {
                            for (Player player : players) {
                                player.begin(ROUND_DATAGRAMS / peers, mirror.transport.localAddress());
                            }
                            for (Player player : players) {
                                player.over.get();
                            }
                        }))
                        .as("bytes allocated per datagram and its answer")
                        .isLessThan(BYTES_PER_DATAGRAM_MAX);
                close(on, players);
                close(on, mirror);
            });
        }
    }

    /** As {@link HeardDatagrams.Echo}, without a list. */
    private static final class Mirror extends HeardDatagrams {
        @Override
        public void datagramReceived(ByteBuffer datagram, SocketAddress sender) {
            transport.sendTo(datagram, sender);
        }
    }
}
