package dev.matryoshka.guards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Spent;
import dev.matryoshka.support.TestLoop;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: a message costs no object, on any doll and any kernel. Method: bytes that the loop's thread allocates, both ends included,
 * once the compiler has seen the path.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EchoBytesTest {
    private static final int ROUNDS = 2_000;

    /** The least object has 8 bytes: below it most questions cost none. What is left is the test's own future, once a round. */
    private static final double BYTES_MAX = 1;

    private static final int TLS_ROUNDS = 10;

    /** The compiler leaves the one or the other view of a buffer, 96 bytes, and not always the same. */
    private static final int BYTES_OVER_TLS_MAX = 200;

    static Stream<Arguments> cases() {
        return Stream.of(Load.values())
                .flatMap(load -> Stream.of(Doll.values())
                        .filter(load::suits)
                        .flatMap(doll -> Net.fair().map(net -> Arguments.of(load, doll, net))));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anEchoCostsNoObject(Load load, Doll doll, Net net) throws Exception {
        assumeTrue(net != Net.EPOLL || EpollProvider.whyUnavailable() == null);
        assertAllocatesNothing(Road.TCP, load, doll, net);
    }

    static Stream<Arguments> unixCases() {
        return Stream.of(Doll.values()).flatMap(doll -> Net.fair().map(net -> Arguments.of(doll, net)));
    }

    @ParameterizedTest
    @MethodSource("unixCases")
    void norDoesOneOverAUnixSocket(Doll doll, Net net) throws Exception {
        assertAllocatesNothing(Road.UNIX, Load.ONE_MESSAGE, doll, net);
    }

    /** What the engines allocate is {@code TlsCostTest}'s business, with a protocol; that no other doll adds to it is this one's. */
    @Test
    void overTlsItCostsNoMoreThanForAProtocol() throws Exception {
        assumeTrue(EpollProvider.whyUnavailable() == null);
        double protocol = overTls(Doll.PROTOCOL, 0, TLS_ROUNDS);
        for (Doll doll : List.of(Doll.BUFFERED, Doll.STREAM, Doll.LINES)) {
            double enough = protocol + BYTES_OVER_TLS_MAX;
            assertThat(overTls(doll, enough, 0))
                    .as("%s, and a protocol %s", doll, protocol)
                    .isLessThan(enough);
        }
    }

    private static double overTls(Doll doll, double enough, int rounds) throws Exception {
        double[] bytes = {0};
        try (TestLoop on = TestLoop.unchecked(Net.EPOLL.provider())) {
            on.run(() -> Road.TLS.connected(
                    on,
                    doll,
                    Load.ONE_MESSAGE.asker(),
                    asker -> bytes[0] = rounds > 0
                            ? Spent.bytesPerMessageIn(rounds, on, ROUNDS, () -> asker.ask(ROUNDS))
                            : Spent.bytesPerMessage(on, ROUNDS, enough, () -> asker.ask(ROUNDS))));
        }
        return bytes[0];
    }

    private static void assertAllocatesNothing(Road road, Load load, Doll doll, Net net) throws Exception {
        try (TestLoop on = TestLoop.unchecked(net.provider())) {
            on.run(() -> road.connected(
                    on,
                    doll,
                    load.asker(),
                    asker -> assertThat(Spent.bytesPerMessage(on, ROUNDS, BYTES_MAX, () -> asker.ask(ROUNDS)))
                            .as("bytes allocated for a question and its answer, both ends")
                            .isLessThan(BYTES_MAX)));
        }
    }
}
