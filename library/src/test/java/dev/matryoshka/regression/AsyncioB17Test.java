package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Peer;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.Server;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * B17, gh-123720: cancelling asyncio's {@code serve_forever} hung as long as an idle client stayed connected. Goal: it closes the
 * server and its connections, waits for their end, and throws on. Method: one idle client, one cancel.
 */
@Proves({"B17", "Server.serve_forever"})
@ExtendWith(LeakCheck.class)
class AsyncioB17Test {
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void cancellingServeForeverEndsIdleConnections(Net net) throws Exception {
        Recorder idle = new Recorder();
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Server server = on.loop.createServer(() -> idle, "127.0.0.1", 0);
                Task<?> serving = on.loop.createTask("serving", server::serveForever);
                try (Peer peer = Peer.connect(on, server.port())) {
                    on.until("the client is served", idle.heard::isMade);
                    serving.cancel();
                    on.until("serving has ended", serving::isDone);
                    assertThat(serving.isCancelled()).isTrue();
                    assertThatThrownBy(serving::get).isInstanceOf(CancellationException.class);
                    assertThat(idle.heard.isLost()).isTrue();
                    assertThat(idle.heard.reason()).isNull();
                    assertThat(server.isServing()).isFalse();
                    assertThat(server.clientCount()).isZero();
                    assertThat(peer.readToEof()).isEmpty();
                }
            });
        }
    }
}
