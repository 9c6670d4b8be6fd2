package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.TestLoop;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** As {@code FailedWriteTest} over TLS, where a record that is made and not sent would break the connection. */
@ExtendWith(LeakCheck.class)
class TlsFailedWriteTest {
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aWriteThatFailsTakesNothingAndTheConnectionGoesOn(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, "TLSv1.3");
                for (int size : new int[] {100, 1 << 20}) {
                    assertThatThrownBy(() -> pair.client().transport().write(Bytes.freed(size)))
                            .isInstanceOf(IllegalStateException.class);
                    pair.client().transport().write("before ".getBytes());
                    assertThatThrownBy(() -> pair.client().transport().write(Bytes.freed(size)))
                            .isInstanceOf(IllegalStateException.class);
                    pair.client().transport().write("behind ".getBytes());
                }
                pair.client().transport().close();
                on.until(
                        "both ends are lost",
                        () -> pair.client().heard.isLost()
                                && pair.server().heard.isLost());
                assertThat(pair.server().heard.text()).isEqualTo("before behind before behind ");
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void linesOfWhichOneFailsTakeNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, "TLSv1.3");
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
    @MethodSource("dev.matryoshka.support.Net#fair")
    void linesBeforeTheEndOfMemoryLeaveByThemselves(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, "TLSv1.3");
                on.passes(5); // the server's tickets, at which everything is sent
                List<ByteBuffer> lines = Bytes.breakingBehind(ByteBuffer.wrap("before".getBytes()));
                assertThatThrownBy(() -> pair.client().transport().writeLines(lines))
                        .isInstanceOf(OutOfMemoryError.class);
                on.until("it has come", () -> pair.server().heard.text().equals("before"));
                pair.end(on);
            });
        }
    }
}
