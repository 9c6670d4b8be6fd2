package dev.matryoshka.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Goal: the table of legal moves is the drawing above it. Method: every pair. */
class SocketStateTest {
    @Test
    void onlyTheMovesOfTheDrawingAreLegal() {
        String legal = "";
        for (SocketState from : SocketState.values()) {
            for (SocketState to : SocketState.values()) {
                if (from.allows(to)) {
                    assertThat(from.to(to)).isEqualTo(to);
                    legal += from + ">" + to + " ";
                } else {
                    assertThatThrownBy(() -> from.to(to))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining(from.name())
                            .hasMessageContaining(to.name());
                }
            }
        }
        assertThat(legal)
                .isEqualTo("OPEN>LISTENING OPEN>CONNECTING OPEN>CONNECTED OPEN>BROKEN OPEN>CLOSED OPEN>DETACHED"
                        + " LISTENING>CLOSED LISTENING>DETACHED"
                        + " CONNECTING>CONNECTED CONNECTING>BROKEN CONNECTING>CLOSED"
                        + " CONNECTED>CLOSED CONNECTED>DETACHED BROKEN>CLOSED ");
    }
}
