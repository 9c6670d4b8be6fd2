package dev.matryoshka.tls;

import dev.matryoshka.support.FailedWrites;
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
                FailedWrites.amongWrites(on, pair.client(), pair.server());
            });
        }
    }

    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void linesOfWhichOneFailsTakeNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                TlsPair pair = TlsPair.open(on, "TLSv1.3");
                FailedWrites.amongLines(on, pair.client(), pair.server());
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
                FailedWrites.beyondMemory(on, pair.client(), pair.server());
                pair.end(on);
            });
        }
    }
}
