package dev.matryoshka.regression;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.Proves;
import dev.matryoshka.support.TestLoop;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * B3, gh-155888: an empty piece in asyncio's {@code writelines} never drained, and {@code close} hung for ever. Goal: empty
 * pieces are no pieces, wherever they stand. Method: write and close, then see both ends.
 */
@Proves(
        value = {"B3", "Transport.writelines"},
        ports = "test_transports.test_writelines")
@ExtendWith(LeakCheck.class)
class AsyncioB03Test {
    @ParameterizedTest
    @EnumSource
    void emptyPiecesNeitherHoldUpTheBytesNorTheClose(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                pair.serverTransport().writeLines(List.of(piece(""), piece("x"), piece(""), piece("yz"), piece("")));
                pair.serverTransport().writeLines(List.of(piece("")));
                pair.serverTransport().writeLines(List.of());
                pair.serverTransport().close();
                on.until(
                        "both ends are lost",
                        () -> pair.server().heard.isLost()
                                && pair.client().heard.isLost());
                assertThat(pair.client().heard.text()).isEqualTo("xyz");
                assertThat(pair.server().heard.reason()).isNull();
                assertThat(pair.serverTransport().droppedBytes()).isZero();
            });
        }
    }

    private static ByteBuffer piece(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }
}
