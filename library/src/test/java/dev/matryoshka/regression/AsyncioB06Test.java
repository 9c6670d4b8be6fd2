package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.faulty.Fault;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Server;
import dev.matryoshka.transport.ServerOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * B6, gh-127529: one connection that had died in the queue (ECONNABORTED) ended asyncio's batch of accepts; and the batch was
 * one smaller than what Linux queues for that backlog. Goal: the dead one is skipped, the others of the batch are served in
 * the same pass, and nothing is reported. Method: the first accept is made to fail so.
 */
@Proves({"B6", "S-36"})
@ExtendWith(LeakCheck.class)
class AsyncioB06Test {
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aConnectionThatDiedInTheQueueDoesNotEndTheBatch(Net net) throws Exception {
        List<Recorder> served = new ArrayList<>();
        var faulty = FaultyKernel.provider(net.provider(), Faults.seeded(1).at(Fault.ACCEPT_ABORTED, 1));
        try (TestLoop on = TestLoop.over(faulty)) {
            on.run(() -> {
                Server server = on.loop.createServer(
                        () -> {
                            served.add(new Recorder());
                            return served.getLast();
                        },
                        "127.0.0.1",
                        0,
                        ServerOptions.defaults().withStartServing(false));
                server.startServing();
                List<Peer> peers = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    peers.add(Peer.connect(on, server.port()));
                }
                on.until("three are served", () -> served.size() == 3);
                assertThat(faulty.kernels().getFirst().injected(Fault.ACCEPT_ABORTED))
                        .isEqualTo(1);
                server.close();
                peers.forEach(Peer::close);
                server.waitClosed();
            });
            assertThat(on.reported()).isEmpty();
        }
    }

    @Test
    void theBatchIsOneMoreThanTheBacklogAsTheQueueOfLinuxIs() {
        assertThat(ServerOptions.defaults().backlog()).isEqualTo(100);
        assertThat(ServerOptions.defaults().acceptBatch()).isEqualTo(101);
        assertThat(ServerOptions.defaults().withBacklog(7).acceptBatch()).isEqualTo(8);
        assertThat(ServerOptions.defaults().withBacklog(7).withAcceptBatch(3).acceptBatch())
                .isEqualTo(3);
    }
}
