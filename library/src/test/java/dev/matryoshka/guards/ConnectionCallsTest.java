package dev.matryoshka.guards;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.SystemCalls;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Spent;
import dev.matryoshka.support.TestLoop;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: what a connection costs from its beginning to its end, one question included. Method: exact counts over connections one
 * after another, on the two kernels that do as they are told; NIO's Selector registers and cancels at its own discretion.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectionCallsTest {
    private static final int CONNECTIONS = 50;

    static Stream<Arguments> cases() {
        return Stream.of(Road.TCP, Road.UNIX)
                .flatMap(road -> road.dolls()
                        .flatMap(doll -> Stream.of(Net.EPOLL, Net.MEMORY).map(net -> Arguments.of(road, doll, net))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aConnectionIsRegisteredOnceAndClosedOnceAtEachEnd(Road road, Doll doll, Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> road.served(on, doll, way -> {
                connect(on, way);
                SystemCalls spent = Spent.by(on, () -> {
                            for (int i = 0; i < CONNECTIONS; i++) {
                                connect(on, way);
                            }
                        })
                        .calls();
                // One when it begins, and close(2) is the end of it; in memory a second one at the end. A client's TCP
                // attempt, which may
                // lose its race, has one of its own, and takes it back.
                int registered = (net == Net.EPOLL ? 2 : 4) + (road == Road.TCP ? 2 : 0);
                assertThat(spent.control).as("changes of registrations").isEqualTo((long) registered * CONNECTIONS);
                assertThat(spent.open).isEqualTo(CONNECTIONS);
                assertThat(spent.close).isEqualTo(2 * CONNECTIONS);
                assertThat(spent.accept)
                        .as("each with the one that finds the queue empty")
                        .isLessThanOrEqualTo(2 * CONNECTIONS);
                assertThat(spent.recv).as("the question, its answer, the end").isEqualTo(3 * CONNECTIONS);
                assertThat(spent.send).isEqualTo(2 * CONNECTIONS);
                assertThat(spent.wakeup).isZero();
                if (net == Net.MEMORY) {
                    // Linux may deliver later than at once, and who waits for the end polls meanwhile.
                    assertThat(spent.poll)
                            .as("connect, accept, question, answer, end, and until both are gone")
                            .isLessThanOrEqualTo(7 * CONNECTIONS);
                }
            }));
        }
    }

    private static void connect(TestLoop on, Road.Way way) throws Exception {
        Asker asker = Load.ONE_MESSAGE.asker();
        int channels = on.engine.load().channels();
        way.connect(asker);
        asker.ask(1);
        asker.close();
        on.until("both ends are gone", () -> on.engine.load().channels() == channels);
    }
}
