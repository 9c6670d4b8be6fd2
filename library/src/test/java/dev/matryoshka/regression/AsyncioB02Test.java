package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * B2, gh-136234: asyncio's {@code writelines} on a lost connection looked at a socket that was None. Goal: it is dropped and
 * counted, as a write is. Method: once after the loss was told, once between its beginning and its telling.
 */
@Proves({"B2", "W2"})
@ExtendWith(LeakCheck.class)
class AsyncioB02Test {
    @ParameterizedTest
    @EnumSource
    void aVectoredWriteAfterTheLossIsDroppedAndCounted(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                Recorder server = pair.server();
                server.transport().abort();
                server.transport().writeLines(pieces());
                assertThat(server.transport().droppedBytes()).isEqualTo(3);
                on.until("the server's end is lost", server.heard::isLost);
                List<ByteBuffer> pieces = pieces();
                server.transport().writeLines(pieces);
                assertThat(server.transport().droppedBytes()).isEqualTo(6);
                assertThat(pieces).noneMatch(ByteBuffer::hasRemaining);
                assertThat(server.transport().writeBufferSize()).isZero();
                on.until("the client's end is lost", pair.client().heard::isLost);
                assertThat(pair.client().heard.count()).isZero();
            });
        }
    }

    private static List<ByteBuffer> pieces() {
        return List.of(ByteBuffer.wrap(new byte[1]), ByteBuffer.wrap(new byte[2]));
    }
}
