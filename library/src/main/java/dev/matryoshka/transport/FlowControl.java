package dev.matryoshka.transport;

import java.util.function.Consumer;

/**
 * Asks a protocol to pause above the high-water mark and to resume at the low one, strictly in turns (asyncio's
 * {@code _FlowControlMixin}). What those callbacks throw is reported and not fatal. Loop thread only.
 */
final class FlowControl {
    private WaterMarks marks;
    private boolean paused;

    FlowControl(WaterMarks marks) {
        this.marks = marks;
    }

    /** Between pauseWriting and resumeWriting. */
    boolean isPaused() {
        return paused;
    }

    WaterMarks marks() {
        return marks;
    }

    void setMarks(WaterMarks newMarks) {
        marks = newMarks;
    }

    boolean isAbove(int size) {
        return size > marks.highBytes();
    }

    /** After the buffer has grown. The flag is set first: the callback may write again. */
    void grown(int size, BaseProtocol protocol, Consumer<Throwable> onError) {
        if (!paused && size > marks.highBytes()) {
            paused = true;
            try {
                protocol.pauseWriting();
            } catch (Throwable escaped) {
                onError.accept(escaped);
            }
        }
    }

    /** After the buffer has shrunk. The flag is cleared first: the callback may write, close or abort. */
    void shrunk(int size, BaseProtocol protocol, Consumer<Throwable> onError) {
        if (paused && size <= marks.lowBytes()) {
            paused = false;
            try {
                protocol.resumeWriting();
            } catch (Throwable escaped) {
                onError.accept(escaped);
            }
        }
    }
}
