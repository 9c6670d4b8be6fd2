package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.Readiness;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.kernel.faulty.Valve;
import dev.matryoshka.support.HeardDatagrams;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.DatagramOptions;
import dev.matryoshka.transport.WaterMarks;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * B13, gh-135444: asyncio's datagram transport counts 8 bytes more for each datagram that it keeps, and forgets them when it is
 * sent, until an empty buffer is above the mark and the protocol paused for ever. Goal: after any number of rounds it is resumed.
 * Method: more rounds of a shut and an open valve than the high mark has headers.
 */
@Proves({"B13", "I-27"})
@ExtendWith(LeakCheck.class)
class AsyncioB13Test {
    private static final int ROUNDS = 40;
    private static final int PER_ROUND = 4;

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aBufferThatIsEmptyCountsNothing(Net net) throws Exception {
        Valve valve = new Valve();
        DatagramOptions here = DatagramOptions.defaults().withLocal("127.0.0.1", 0);
        try (TestLoop on = TestLoop.over(
                FaultyKernel.provider(net.provider(), Faults.seeded(1).stalledBy(valve)))) {
            on.run(() -> {
                HeardDatagrams a = on.loop
                        .createDatagramEndpoint(HeardDatagrams::new, here)
                        .protocol();
                HeardDatagrams b = on.loop
                        .createDatagramEndpoint(HeardDatagrams::new, here)
                        .protocol();
                a.transport.setWriteBufferLimits(WaterMarks.high(8 * PER_ROUND * 2));
                for (int round = 1; round <= ROUNDS; round++) {
                    valve.shut(Readiness.WRITABLE);
                    for (int i = 0; i < PER_ROUND; i++) {
                        a.transport.sendTo("x".getBytes(), b.transport.localAddress());
                    }
                    on.passes(2);
                    valve.open(Readiness.WRITABLE);
                    int expected = round * PER_ROUND;
                    on.until(expected + " are here", () -> b.received() == expected);
                    assertThat(a.transport.writeBufferSize()).isZero();
                }
                assertThat(a.events).as("never above the mark").containsExactly("made");
                a.transport.close();
                b.transport.close();
                on.until("closed", () -> a.isLost() && b.isLost());
            });
        }
    }
}
