package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * B1, gh-127655, CVE-2024-12254: asyncio's {@code writelines} never called {@code pause_writing}, so a peer that did not read
 * filled the memory of a server that did everything right. Goal: a vectored write takes part in flow control. Method: more
 * than any socket holds, in pieces, to a client that has paused.
 */
@Proves({"B1", "S-55"})
@ExtendWith(LeakCheck.class)
class AsyncioB01Test {
    @ParameterizedTest
    @EnumSource
    void aVectoredWriteAboveTheMarkPausesTheProtocolFromInsideTheCall(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                pair.clientTransport().pauseReading();
                List<ByteBuffer> pieces = Collections.nCopies(1024, ByteBuffer.allocate(0));
                Recorder server = pair.server();
                for (int i = 0; i < 2000 && !server.heard.isPaused(); i++) {
                    assertThat(server.transport().writeBufferSize()).isLessThanOrEqualTo(65536);
                    pieces = List.of(ByteBuffer.allocate(8000), ByteBuffer.allocate(1), ByteBuffer.allocate(16000));
                    server.transport().writeLines(pieces);
                }
                assertThat(server.heard.isPaused()).isTrue();
                assertThat(pieces).noneMatch(ByteBuffer::hasRemaining);
                assertThat(server.transport().writeBufferSize()).isBetween(65537, 65536 + 24001);
                pair.end(on);
            });
        }
    }
}
