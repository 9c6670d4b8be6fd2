package dev.matryoshka.kernel.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Goal: the tables of legal moves are the ones in the drawings. Method: every pair of states; a pipe by hand. */
class StatesTest {
    @Test
    void aDirectionEndsOnce() {
        for (PipeState from : PipeState.values()) {
            for (PipeState to : PipeState.values()) {
                assertThat(from.allows(to)).isEqualTo(from == PipeState.OPEN && to != PipeState.OPEN);
            }
        }
        assertThatThrownBy(() -> PipeState.ENDED.to(PipeState.RESET)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void everySocketCanCloseAndNoneComesBack() {
        for (SocketState state : SocketState.values()) {
            assertThat(state.allows(SocketState.CLOSED)).isEqualTo(state != SocketState.CLOSED);
            assertThat(SocketState.CLOSED.allows(state)).isFalse();
        }
        assertThat(SocketState.CONNECTING.to(SocketState.FRESH)).isEqualTo(SocketState.FRESH);
        assertThatThrownBy(() -> SocketState.LISTENING.to(SocketState.CONNECTED))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aPipeKeepsItsBytesWhileItGrowsAndWraps() {
        Pipe pipe = new Pipe();
        ByteBuffer bytes = ByteBuffer.allocate(3000);
        for (int i = 0; i < bytes.capacity(); i++) {
            bytes.put(i, (byte) i);
        }
        ByteBuffer target = ByteBuffer.allocate(3000);
        assertThat(pipe.write(bytes, 0, 900, 2000)).isEqualTo(900);
        assertThat(pipe.read(target, 0, 800)).isEqualTo(800);
        assertThat(pipe.write(bytes, 900, 600, 2000)).isEqualTo(600);
        assertThat(pipe.write(bytes, 1500, 1500, 2000)).isEqualTo(1300);
        assertThat(pipe.write(bytes, 2800, 200, 100))
                .as("the window has shrunk")
                .isZero();
        assertThat(pipe.read(target, 800, 2200)).isEqualTo(2000);
        for (int i = 0; i < 2800; i++) {
            assertThat(target.get(i)).isEqualTo((byte) i);
        }
    }
}
