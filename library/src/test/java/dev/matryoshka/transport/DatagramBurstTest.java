package dev.matryoshka.transport;

import static dev.matryoshka.transport.DatagramTransportTest.HERE;
import static dev.matryoshka.transport.DatagramTransportTest.close;
import static dev.matryoshka.transport.DatagramTransportTest.open;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.HeardDatagrams;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.TestLoop;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: a crowd of datagrams costs few system calls and is unfair to nobody. Method: count them, by call and by pass. */
@ExtendWith(LeakCheck.class)
class DatagramBurstTest {
    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "MEMORY"})
    void aBurstIsOnePollAndOneReceiveMoreThanDatagrams(Net net) throws Exception {
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> {
                HeardDatagrams b = open(on);
                b.transport.pauseReading();
                HeardDatagrams a = open(on);
                for (int i = 0; i < 10; i++) {
                    a.transport.sendTo("x".getBytes(), b.transport.localAddress());
                }
                on.passes(3);
                long recv = on.calls().recv;
                b.transport.resumeReading();
                on.until("all are here", () -> b.received() == 10);
                on.passes(3);
                assertThat(on.calls().recv - recv).isEqualTo(11);
                close(on, a, b);
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "NIO", "MEMORY"})
    void aCrowdIsTakenInBites(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                int[] pass = {0};
                List<Integer> perPass = new ArrayList<>();
                HeardDatagrams b = open(
                        on,
                        new HeardDatagrams() {
                            @Override
                            public void datagramReceived(ByteBuffer datagram, SocketAddress sender) {
                                super.datagramReceived(datagram, sender);
                                pass[0]++;
                            }
                        },
                        HERE);
                b.transport.pauseReading();
                HeardDatagrams a = open(on);
                for (int i = 0; i < 50; i++) {
                    a.transport.sendTo("x".getBytes(), b.transport.localAddress());
                }
                on.passes(3);
                b.transport.resumeReading();
                while (b.received() < 50) {
                    on.passes(1);
                    perPass.add(pass[0]);
                    pass[0] = 0;
                }
                assertThat(perPass).allMatch(count -> count <= SocketDatagramTransport.BURST);
                close(on, a, b);
            });
        }
    }
}
