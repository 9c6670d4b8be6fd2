package dev.matryoshka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.support.Proves;
import dev.matryoshka.task.Task;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Goal: a loop that was registered is seen by management tools until it is closed. Method: the platform's own server. */
@Proves("W12")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopMXBeanTest {
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

    @Test
    void aRegisteredLoopShowsItsFiguresAndTextsUntilItIsClosed() throws Exception {
        ObjectName name;
        try (EventLoop loop = EventLoop.open(LoopOptions.defaults().withName("a name, with=signs"))) {
            name = new ObjectName(loop.registerMXBean());
            Task<Void> parked = loop.createTask("parked", () -> Task.sleep(Duration.ofHours(1)));
            loop.callSoon(loop::stop);
            loop.runForever();
            assertThat(server.getAttribute(name, "Name")).isEqualTo("a name, with=signs");
            assertThat(server.getAttribute(name, "Kernel")).isEqualTo(loop.kernelName());
            assertThat(server.getAttribute(name, "State")).isEqualTo("idle");
            assertThat(server.getAttribute(name, "Tasks")).isEqualTo(1);
            assertThat(server.getAttribute(name, "Timers")).isEqualTo(1);
            assertThat((Long) server.getAttribute(name, "Passes")).isPositive();
            for (var attribute : server.getMBeanInfo(name).getAttributes()) {
                assertThat(server.getAttribute(name, attribute.getName()))
                        .as(attribute.getName())
                        .isNotNull();
            }
            assertThat((String) server.invoke(name, "ps", null, null)).contains("parked", "sleep of PT1H");
            assertThat((String) server.invoke(name, "pstree", null, null)).contains("└── parked: waits for");
            assertThatThrownBy(() -> loop.registerMXBean())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("is registered already");
            parked.cancel();
        }
        assertThat(server.isRegistered(name)).isFalse();
    }

    @Test
    void aClosedLoopDoesNotStayRegistered() throws Exception {
        EventLoop loop = EventLoop.open();
        loop.close();
        assertThat(server.isRegistered(new ObjectName(loop.registerMXBean()))).isFalse();
    }

    @Test
    void openLoopsAreListedByNameUntilTheyAreClosed() {
        EventLoop second = EventLoop.open(LoopOptions.defaults().withName("listed-b"));
        EventLoop first = EventLoop.open(LoopOptions.defaults().withName("listed-a"));
        assertThat(EventLoop.openLoops()).containsSubsequence(first, second);
        first.close();
        assertThat(EventLoop.openLoops()).contains(second).doesNotContain(first);
        second.close();
        assertThat(EventLoop.openLoops()).doesNotContain(second);
    }
}
