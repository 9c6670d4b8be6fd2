package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.Recorder;
import dev.matryoshka.support.TestLoop;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * B4, gh-115514: after asyncio's {@code close} with a full buffer, a further write left "Exception in callback None()" behind and
 * lost what was buffered. Goal: all that was written before the close arrives, what is written after it is dropped and
 * counted, and nothing is reported. Method: fill the buffer of a connection whose peer does not read, close, write, let it
 * read.
 */
@Proves({"B4", "S-50"})
@ExtendWith(LeakCheck.class)
class AsyncioB04Test {
    @ParameterizedTest
    @EnumSource
    void whatWasBufferedBeforeCloseArrivesAlthoughMoreIsWrittenAfterIt(Net net) throws Exception {
        byte[] content = Bytes.numbered(net.amount());
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                pair.clientTransport().pauseReading();
                Recorder server = pair.server();
                server.transport().write(content);
                server.transport().close();
                server.transport().write(new byte[5]);
                on.passes(3);
                server.transport().write(new byte[6]);
                pair.clientTransport().resumeReading();
                on.until(
                        "both ends are lost",
                        () -> server.heard.isLost() && pair.client().heard.isLost());
                assertThat(pair.client().heard.bytes()).isEqualTo(content);
                assertThat(server.transport().droppedBytes()).isEqualTo(11);
                assertThat(server.heard.reason()).isNull();
            });
        }
    }
}
