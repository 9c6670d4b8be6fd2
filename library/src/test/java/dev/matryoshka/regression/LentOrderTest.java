package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.support.LeakCheck;
import dev.matryoshka.support.Net;
import dev.matryoshka.support.Pair;
import dev.matryoshka.support.TestLoop;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * All connections of a loop are lent one and the same window. Goal: who changes its byte order does not change what the others
 * read. Method: one protocol reads little-endian numbers, another one looks.
 */
@ExtendWith(LeakCheck.class)
class LentOrderTest {
    @ParameterizedTest
    @MethodSource("dev.matryoshka.support.Net#fair")
    void aProtocolOfLittleEndianNumbersLeavesTheOrderOfTheOthersAlone(Net net) throws Exception {
        List<ByteOrder> orders = new ArrayList<>();
        try (TestLoop on = TestLoop.over(net)) {
            on.run(() -> {
                Pair little = Pair.open(on);
                Pair other = Pair.open(on);
                little.server().atData = data -> data.order(ByteOrder.LITTLE_ENDIAN);
                other.server().atData = data -> orders.add(data.order());
                little.clientTransport().write(ByteBuffer.allocate(8));
                on.until("the numbers came", () -> little.server().heard.count() == 8);
                other.clientTransport().write(ByteBuffer.allocate(8));
                on.until("the others came", () -> other.server().heard.count() == 8);
                assertThat(orders).containsExactly(ByteOrder.BIG_ENDIAN);
                little.end(on);
                other.end(on);
            });
        }
    }
}
