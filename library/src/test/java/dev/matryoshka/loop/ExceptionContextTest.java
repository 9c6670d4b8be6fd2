package dev.matryoshka.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Goal: a context cannot be changed after it was made, and describes itself in one line.
 *
 * <p>Method: the value alone.
 */
class ExceptionContextTest {
    @Test
    void itDescribesItselfInOneLineInTheOrderOfItsDetails() {
        ExceptionContext context = ExceptionContext.of("Exception in callback", new IllegalStateException("boom"))
                .with("handle", "h1")
                .with("task", 2);
        assertThat(context.describe()).isEqualTo("Exception in callback; handle=h1; task=2");
        assertThat(context.exception()).hasMessage("boom");
    }

    @Test
    void withMakesANewContextAndLeavesTheOldOneAlone() {
        ExceptionContext first = ExceptionContext.of("m", null);
        ExceptionContext second = first.with("key", "value");
        assertThat(first.details()).isEmpty();
        assertThat(second.details()).containsExactly(Map.entry("key", "value"));
        assertThat(second.exception()).isNull();
    }

    @Test
    void theDetailsAreACopyThatNobodyCanChange() {
        Map<String, Object> details = new HashMap<>(Map.of("a", 1));
        ExceptionContext context = new ExceptionContext("m", null, details);
        details.put("b", 2);
        assertThat(context.details()).containsOnlyKeys("a");
        assertThatThrownBy(() -> context.details().put("c", 3)).isInstanceOf(UnsupportedOperationException.class);
    }
}
