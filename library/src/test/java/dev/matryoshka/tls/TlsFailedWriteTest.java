package dev.matryoshka.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Bytes;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.TestLoop;
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
}
