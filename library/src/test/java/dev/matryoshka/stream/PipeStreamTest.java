package dev.matryoshka.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.PipeEnd;
import java.io.IOException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Goal: straight-line code reads and writes pipes as it does connections. Method: both ends on one loop. */
@ExtendWith(LeakCheck.class)
@Proves({"connect_read_pipe", "connect_write_pipe"})
class PipeStreamTest {
    @ParameterizedTest
    @EnumSource
    void linesGoThroughToTheEnd(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                PipeEnd.Pair pair = PipeEnd.pair(on.loop);
                Task<?> writing = on.loop.createTask(() -> {
                    try (StreamWriter writer = on.loop.openWritePipe(pair.writer())) {
                        writer.write("one\ntwo\n", US_ASCII);
                        writer.write("rest", US_ASCII);
                    }
                });
                try (PipeReader pipe = on.loop.openReadPipe(pair.reader())) {
                    assertThat(pipe.reader().readLine(US_ASCII)).isEqualTo("one");
                    assertThat(pipe.reader().readLine(US_ASCII)).isEqualTo("two");
                    assertThat(pipe.reader().readLine(US_ASCII)).isEqualTo("rest");
                    assertThat(pipe.reader().readLine(US_ASCII)).isNull();
                }
                writing.await();
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#swift")
    void aWriterWaitsForASlowReader(Net net) throws Exception {
        byte[] content = Bytes.numbered(Math.max(net.amount() / 4, 400_000));
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                PipeEnd.Pair pair = PipeEnd.pair(on.loop);
                Task<Integer> writing = on.loop.createTask(() -> {
                    int highest = 0;
                    try (StreamWriter writer = on.loop.openWritePipe(pair.writer())) {
                        for (int from = 0; from < content.length; from += 10_000) {
                            writer.write(content, from, Math.min(10_000, content.length - from));
                            highest = Math.max(highest, writer.transport().writeBufferSize());
                        }
                    }
                    return highest;
                });
                on.passes(50);
                assertThat(writing.isDone()).isFalse();
                try (PipeReader pipe = on.loop.openReadPipe(pair.reader())) {
                    assertThat(pipe.reader().read(-1)).isEqualTo(content);
                }
                assertThat(writing.await())
                        .as("above the mark by one write at most")
                        .isLessThan(64 * 1024 + 10_001);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aReaderThatIsGoneIsToldToWhoWrites(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                PipeEnd.Pair pair = PipeEnd.pair(on.loop);
                try (StreamWriter writer = on.loop.openWritePipe(pair.writer())) {
                    on.loop.openReadPipe(pair.reader()).close();
                    assertThatThrownBy(() -> {
                                for (int i = 0; i < 1000; i++) {
                                    writer.write(new byte[10_000]);
                                }
                            })
                            .isInstanceOf(IOException.class);
                }
            });
        }
    }
}
