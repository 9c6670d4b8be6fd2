package dev.matryoshka.regression;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.engine.LoopRig;
import dev.matryoshka.engine.ScriptedKernel;
import dev.matryoshka.loop.Loop;
import dev.matryoshka.loop.LoopOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A loop that was being closed counted what was called soon as work that is left, but not what its own callbacks had posted: what the
 * last pass posted neither ran nor was refused. Goal: it runs, as what the last pass calls soon does.
 */
class PostInTheLastPassTest {
    @Test
    void whatACallbackPostsWhileTheLoopIsClosedRuns() {
        Loop loop = LoopRig.open(ScriptedKernel.onVirtualTime(), LoopOptions.defaults());
        List<String> log = new ArrayList<>();
        loop.callSoon(() -> {
            log.add("called soon");
            loop.callSoonThreadsafe(() -> {
                log.add("posted");
                loop.callSoonThreadsafe(() -> log.add("posted by a post"));
            });
        });
        loop.close();
        assertThat(log).containsExactly("called soon", "posted", "posted by a post");
    }
}
