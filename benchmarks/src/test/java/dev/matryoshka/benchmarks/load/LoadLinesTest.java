package dev.matryoshka.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What travels between the bench and the load. */
class LoadLinesTest {
    private static final LoadRequest REQUEST =
            LoadRequest.of(LoadKind.ECHO).with(LoadRequest.SIZE, 17).lasting(Duration.ZERO, Duration.ofMillis(5));

    @Test
    void requestsTravelAsLines() {
        LoadRequest request = REQUEST.with(LoadRequest.PORT, 1234).with("unix", "/tmp/a b=c\n%");

        assertThat(request.toLine()).startsWith("echo ").contains(" size=17").doesNotContain("\n");
        assertThat(LoadRequest.parse(request.toLine())).isEqualTo(request);
        assertThat(LoadRequest.parse("echo")).isEqualTo(LoadRequest.of(LoadKind.ECHO));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1 2 3", "nonsense port=1", "echo port"})
    void whatIsNoRequestIsRefused(String line) {
        assertThatThrownBy(() -> LoadRequest.parse(line)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void numbersAreCheckedWhenTheyAreRead() {
        assertThatThrownBy(() -> REQUEST.with(LoadRequest.SIZE, 0).size())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("size is not a number of at least 1: 0");
        assertThatThrownBy(() -> REQUEST.with(LoadRequest.CONNECTIONS, "many").connections())
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void resultsTravelAsLines() throws Exception {
        LoadResult result = new LoadResult(2, 5, 7, LoadResult.newHistogram()).with(LoadResult.BYTES, 1e12);
        LoadResult.record(result.latencies(), 1_000);
        LoadResult.record(result.latencies(), Long.MAX_VALUE);

        assertThat(result.toLine()).startsWith("requests=2 nanos=5 cpu=7 histogram=");
        assertThat(LoadResult.parse(result.toLine())).isEqualTo(result);
        assertThatThrownBy(() -> LoadResult.parse("oops")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LoadResult.parse("requests=2")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFailureTravelsToo() {
        assertThatThrownBy(() -> LoadResult.parse(LoadResult.failureLine("the server is gone")))
                .isInstanceOf(IOException.class)
                .hasMessage("the server is gone");
    }

    @Test
    void resultsOfRoundsAddUp() {
        LoadResult one = new LoadResult(10, 1_000_000_000L, 500, LoadResult.newHistogram()).with("bytes", 3);
        LoadResult.record(one.latencies(), 1_000);
        LoadResult two = new LoadResult(30, 1_000_000_000L, 1500, LoadResult.newHistogram()).with("bytes", 4);
        LoadResult.record(two.latencies(), 9_000);

        LoadResult both = one.plus(two);

        assertThat(both.requestsPerSecond()).isEqualTo(20);
        assertThat(both.cpuMicrosPerRequest()).isEqualTo(0.05);
        assertThat(both.more()).containsEntry("bytes", 7.0);
        assertThat(both.latencies().getTotalCount()).isEqualTo(2);
        assertThat(one.latencies().getTotalCount()).isEqualTo(1);
    }
}
