package dev.matryoshka.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Goal: the options are what asyncio's defaults are, each can be replaced alone, and nonsense is refused with its value.
 *
 * <p>Method: the value alone.
 */
class LoopOptionsTest {
    @Test
    void theDefaultsAreAsyncios() {
        LoopOptions options = LoopOptions.defaults();
        assertThat(options.slowCallback()).isEqualTo(Duration.ofMillis(100));
        assertThat(options.debug()).isFalse();
        assertThat(options.name()).isNull();
        assertThat(options.catchSigint()).isTrue();
    }

    @Test
    void eachOptionIsReplacedAlone() {
        LoopOptions options = LoopOptions.defaults()
                .withName("n")
                .withKernel("nio")
                .withSlowCallback(Duration.ofMillis(5))
                .withDebug(true)
                .withCatchSigint(false);
        assertThat(options).isEqualTo(new LoopOptions("n", "nio", Duration.ofMillis(5), true, false));
    }

    @Test
    void aSlowCallbackTimeBelowAMillisecondIsRefused() {
        assertThatThrownBy(() -> LoopOptions.defaults().withSlowCallback(Duration.ofNanos(999_999)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT0.000999999S");
    }
}
