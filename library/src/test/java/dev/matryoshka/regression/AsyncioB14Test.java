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
 * B14, gh-156698: asyncio's proactor neither sends what it keeps nor resumes its protocol once a kept datagram has failed. Goal:
 * what stands behind a failure is sent, and the protocol is resumed. Method: datagrams that are too long, first, between and last,
 * behind a valve that is opened then.
 */
@Proves({"B14", "I-28"})
@ExtendWith(LeakCheck.class)
class AsyncioB14Test {
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void failuresHoldUpNothing(Net net) throws Exception {
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
                a.transport.setWriteBufferLimits(new WaterMarks(0, 0));
                valve.shut(Readiness.WRITABLE);
                for (String text : new String[] {"!", "1", "!", "!", "2", "!"}) {
                    byte[] bytes = text.equals("!") ? new byte[70_000] : text.getBytes();
                    a.transport.sendTo(bytes, b.transport.localAddress());
                }
                assertThat(a.events).containsExactly("made", "pause");
                on.passes(2);
                valve.open(Readiness.WRITABLE);
                on.until("both are here", () -> b.received() == 2);
                on.until("resumed", () -> a.events.contains("resume"));
                assertThat(b.events).containsExactly("made", "\"1\"", "\"2\"");
                assertThat(a.errors).hasSize(4);
                assertThat(a.transport.writeBufferSize()).isZero();
                assertThat(a.transport.isClosing()).isFalse();
                a.transport.close();
                b.transport.close();
                on.until("closed", () -> a.isLost() && b.isLost());
            });
        }
    }
}
