package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A write of memory that cannot be read (its arena is closed; with too little memory the chunk for it would be missing) counted bytes
 * that it had not kept, and the connection could neither send nor close any more. Goal: the misuse is the writer's to hear, and the
 * connection goes on. Method: a small write, which is copied, and a large one, which is not, before and behind others; lines of which a
 * later one cannot be read, or kept.
 */
@ExtendWith(LeakCheck.class)
class FailedWriteTest {
    @ParameterizedTest
    @EnumSource
    void aWriteThatFailsTakesNothingAndTheConnectionGoesOn(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                for (int size : new int[] {100, 1 << 20}) {
                    int before = pair.clientTransport().writeBufferSize();
                    assertThatThrownBy(() -> pair.clientTransport().write(Bytes.freed(size)))
                            .isInstanceOf(IllegalStateException.class);
                    assertThat(pair.clientTransport().writeBufferSize()).isEqualTo(before);
                    pair.clientTransport().write("before ".getBytes());
                    assertThatThrownBy(() -> pair.clientTransport().write(Bytes.freed(size)))
                            .isInstanceOf(IllegalStateException.class);
                    pair.clientTransport().write("behind ".getBytes());
                }
                pair.clientTransport().close();
                on.until(
                        "both ends are lost",
                        () -> pair.client().heard.isLost()
                                && pair.server().heard.isLost());
                assertThat(pair.server().heard.text()).isEqualTo("before behind before behind ");
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void linesOfWhichOneFailsTakeNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                Transport transport = pair.client().transport();
                ByteBuffer before = ByteBuffer.wrap("before ".getBytes());
                for (int size : new int[] {100, 1 << 20}) {
                    assertThatThrownBy(() -> transport.writeLines(List.of(before, Bytes.freed(size))))
                            .isInstanceOf(IllegalStateException.class);
                    assertThat(before.remaining()).isEqualTo(7);
                    assertThat(transport.writeBufferSize()).isZero();
                }
                transport.writeLines(List.of(before, ByteBuffer.wrap("behind ".getBytes())));
                transport.close();
                on.until(
                        "both ends are lost",
                        () -> pair.client().heard.isLost()
                                && pair.server().heard.isLost());
                assertThat(pair.server().heard.text()).isEqualTo("before behind ");
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void linesBeforeTheEndOfMemoryLeaveByThemselves(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                List<ByteBuffer> lines = Bytes.breakingBehind(ByteBuffer.wrap("before".getBytes()));
                assertThatThrownBy(() -> pair.client().transport().writeLines(lines))
                        .isInstanceOf(OutOfMemoryError.class);
                on.until("it has come", () -> pair.server().heard.text().equals("before"));
                pair.end(on);
            });
        }
    }
}
