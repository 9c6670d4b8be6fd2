package dev.matryoshka.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.matryoshka.support.Proves;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: pause strictly above high, resume at low, in turns, whatever the callbacks do. Method: sizes put in by hand. */
class FlowControlTest {
    private final List<String> calls = new ArrayList<>();
    private final List<Throwable> escaped = new ArrayList<>();
    private final FlowControl flow = new FlowControl(new WaterMarks(100, 40));
    private Runnable inPause = () -> {};
    private Runnable inResume = () -> {};

    private final Protocol protocol = new Protocol() {
        @Override
        public void pauseWriting() {
            calls.add("pause");
            inPause.run();
        }

        @Override
        public void resumeWriting() {
            calls.add("resume");
            inResume.run();
        }
    };

    private void grown(int size) {
        flow.grown(size, protocol, (message, thrown) -> escaped.add(thrown));
    }

    private void shrunk(int size) {
        flow.shrunk(size, protocol, (message, thrown) -> escaped.add(thrown));
    }

    @Proves({"S-55", "Protocol.pause_writing"})
    @Test
    void pausesStrictlyAboveTheHighMark() {
        grown(100);
        assertThat(calls).isEmpty();
        assertThat(flow.isAbove(100)).isFalse();
        grown(101);
        assertThat(calls).containsExactly("pause");
        assertThat(flow.isAbove(101)).isTrue();
    }

    @Proves({"S-55", "Protocol.resume_writing", "S-54"})
    @Test
    void resumesAtTheLowMarkNotBefore() {
        grown(101);
        shrunk(41);
        assertThat(calls).containsExactly("pause");
        shrunk(40);
        assertThat(calls).containsExactly("pause", "resume");
    }

    @Test
    void asksInTurnsOnly() {
        shrunk(0);
        grown(101);
        grown(500);
        shrunk(40);
        shrunk(0);
        grown(101);
        assertThat(calls).containsExactly("pause", "resume", "pause");
    }

    @Test
    void aWriteInsidePauseDoesNotPauseAgain() {
        inPause = () -> grown(200);
        grown(101);
        assertThat(calls).containsExactly("pause");
    }

    @Test
    void aWriteInsideResumeMayPauseAgain() {
        inResume = () -> grown(101);
        grown(101);
        shrunk(0);
        assertThat(calls).containsExactly("pause", "resume", "pause");
        inResume = () -> {};
        shrunk(0);
        assertThat(calls).containsExactly("pause", "resume", "pause", "resume");
    }

    @Test
    void whatTheCallbacksThrowIsHandedOnAndChangesNothing() {
        inPause = () -> {
            throw new IllegalArgumentException("p");
        };
        inResume = () -> {
            throw new AssertionError("r");
        };
        grown(101);
        shrunk(40);
        grown(101);
        assertThat(calls).containsExactly("pause", "resume", "pause");
        assertThat(escaped).extracting(Throwable::getMessage).containsExactly("p", "r", "p");
    }

    @Proves(
            value = {"Transport.set_write_buffer_limits", "Transport.get_write_buffer_limits"},
            ports = "test_transports.test_flowcontrol_mixin_set_write_limits")
    @Test
    void newMarksCountFromTheNextLookOn() {
        flow.setMarks(WaterMarks.high(10));
        grown(11);
        assertThat(calls).containsExactly("pause");
        assertThat(flow.marks()).isEqualTo(new WaterMarks(10, 2));
    }

    @Test
    void aHighMarkOfZeroPausesOnAnyByteAndResumesOnNone() {
        flow.setMarks(WaterMarks.high(0));
        grown(0);
        assertThat(calls).isEmpty();
        grown(1);
        shrunk(1);
        assertThat(calls).containsExactly("pause");
        shrunk(0);
        assertThat(calls).containsExactly("pause", "resume");
    }

    @Proves("W14")
    @Test
    void marksAreAsyncios() {
        assertThat(WaterMarks.DEFAULT).isEqualTo(new WaterMarks(65536, 16384));
        assertThat(WaterMarks.low(16384)).isEqualTo(WaterMarks.DEFAULT);
        assertThat(WaterMarks.high(3)).isEqualTo(new WaterMarks(3, 0));
        assertThat(new WaterMarks(5, 5).lowBytes()).isEqualTo(5);
    }

    @Test
    void marksInTheWrongOrderAreRefusedWithTheirValues() {
        assertThatThrownBy(() -> new WaterMarks(3, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("high (3) must be >= low (4) must be >= 0");
        assertThatThrownBy(() -> new WaterMarks(3, -1)).hasMessageContaining("low (-1)");
        assertThatThrownBy(() -> WaterMarks.high(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WaterMarks.low(Integer.MAX_VALUE)).isInstanceOf(ArithmeticException.class);
    }
}
