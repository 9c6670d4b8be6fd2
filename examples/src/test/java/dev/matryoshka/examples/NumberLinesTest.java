package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.EventLoop;
import dev.matryoshka.task.Task;
import dev.matryoshka.transport.PipeEnd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class NumberLinesTest {
    @Test
    void eachLineGetsItsNumber() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        ByteArrayOutputStream output = new ByteArrayOutputStream() {
            @Override
            public void close() {
                written.countDown();
            }
        };
        EventLoop.run(loop -> NumberLines.number(
                loop, PipeEnd.of(new ByteArrayInputStream("one\ntwo\n\nlast".getBytes(UTF_8))), PipeEnd.of(output)));
        assertThat(written.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(output.toString(UTF_8)).isEqualTo("1 one\n2 two\n3 \n4 last\n");
    }

    @Test
    void itWorksBetweenTwoTasksToo() throws Exception {
        EventLoop.run(loop -> {
            PipeEnd.Pair in = PipeEnd.pair(loop);
            PipeEnd.Pair out = PipeEnd.pair(loop);
            Task<?> numbering = loop.createTask(() -> NumberLines.number(loop, in.reader(), out.writer()));
            try (var typed = loop.openWritePipe(in.writer())) {
                typed.write("hello\n", UTF_8);
            }
            try (var seen = loop.openReadPipe(out.reader())) {
                assertThat(seen.reader().readLine(UTF_8)).isEqualTo("1 hello");
                assertThat(seen.reader().readLine(UTF_8)).isNull();
            }
            numbering.await();
        });
    }
}
