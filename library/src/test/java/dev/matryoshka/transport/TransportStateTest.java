package dev.matryoshka.transport;

import static dev.matryoshka.transport.TransportState.ENDED;
import static dev.matryoshka.transport.TransportState.ENDING;
import static dev.matryoshka.transport.TransportState.FLUSHING;
import static dev.matryoshka.transport.TransportState.NEW;
import static dev.matryoshka.transport.TransportState.OPEN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: the drawing in {@link TransportState} is the truth. Method: every state against every other. */
class TransportStateTest {
    private static Set<TransportState> after(TransportState state) {
        return switch (state) {
            case NEW -> EnumSet.of(OPEN, ENDING);
            case OPEN -> EnumSet.of(FLUSHING, ENDING);
            case FLUSHING -> EnumSet.of(ENDING);
            case ENDING -> EnumSet.of(ENDED);
            case ENDED -> EnumSet.noneOf(TransportState.class);
        };
    }

    @ParameterizedTest
    @EnumSource
    void legalMovesAreMadeAndAllOthersThrow(TransportState from) {
        for (TransportState to : TransportState.values()) {
            if (after(from).contains(to)) {
                assertThat(from.allows(to)).isTrue();
                assertThat(from.to(to)).isEqualTo(to);
            } else {
                assertThat(from.allows(to)).isFalse();
                assertThatThrownBy(() -> from.to(to))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContainingAll(from.name(), to.name());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void closingBeginsWithFlushingAndNothingIsSentOnceItIsOver(TransportState state) {
        assertThat(state.isClosing())
                .isEqualTo(EnumSet.of(FLUSHING, ENDING, ENDED).contains(state));
        assertThat(state.isOver()).isEqualTo(EnumSet.of(ENDING, ENDED).contains(state));
        assertThat(state.isClosing() || EnumSet.of(NEW, OPEN).contains(state)).isTrue();
    }
}
