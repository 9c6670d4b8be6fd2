package dev.matryoshka.kernel.epoll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.matryoshka.kernel.posix.CCompiler;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Goal: no number of ours differs from the machine's headers. Method: each is asked of the C compiler by its name
 * there.
 */
class EpollLayoutTest {
    @Test
    void constantsAreThoseOfTheHeaders() throws IllegalAccessException {
        CCompiler.assertSameInC(EpollConstants.class);
    }

    @Test
    void theEventOfThisMachineIsLaidOutAsDrawn() {
        Map<String, Integer> ours = Map.of(
                "sizeof(struct epoll_event)",
                EpollLayout.HERE.bytes(),
                "offsetof(struct epoll_event, events)",
                0,
                "offsetof(struct epoll_event, data)",
                EpollLayout.HERE.data(),
                "sizeof(struct timespec)",
                2 * Long.BYTES,
                "offsetof(struct timespec, tv_sec)",
                0,
                "offsetof(struct timespec, tv_nsec)",
                Long.BYTES,
                "sizeof(eventfd_t)",
                Long.BYTES);
        assertThat(CCompiler.ints(ours.keySet())).isEqualTo(ours);
    }

    @Test
    void eventsOfAnArrayDoNotOverlap() {
        for (EpollLayout layout : new EpollLayout[] {EpollLayout.X86_64, EpollLayout.AARCH64}) {
            MemorySegment array = MemorySegment.ofArray(new byte[3 * layout.bytes()]);
            for (int i = 0; i < 3; i++) {
                layout.write(array, i, -1 - i, Long.MIN_VALUE + i);
            }
            for (int i = 0; i < 3; i++) {
                assertThat(layout.events(array, i)).isEqualTo(-1 - i);
                assertThat(layout.token(array, i)).isEqualTo(Long.MIN_VALUE + i);
            }
        }
    }
}
