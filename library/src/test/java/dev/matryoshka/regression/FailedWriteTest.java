package dev.matryoshka.regression;

import dev.matryoshka.support.FailedWrites;
import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.TestLoop;
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
                FailedWrites.amongWrites(on, pair.client(), pair.server());
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void linesOfWhichOneFailsTakeNothing(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                FailedWrites.amongLines(on, pair.client(), pair.server());
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void linesBeforeTheEndOfMemoryLeaveByThemselves(Net net) throws Exception {
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair pair = Pair.open(on);
                FailedWrites.beyondMemory(on, pair.client(), pair.server());
                pair.end(on);
            });
        }
    }
}
