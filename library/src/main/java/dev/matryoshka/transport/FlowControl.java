package dev.matryoshka.transport;

/**
 * Asks a protocol to pause above the high-water mark and to resume at the low one, strictly in turns (asyncio's
 * {@code _FlowControlMixin}): the same for every transport, and for a {@link Layer} that buffers by itself. What those
 * callbacks throw is handed to the caller, to be reported and not fatal. Loop thread only.
 */
public final class FlowControl {
    /** Who tells what a callback threw. An interface of the transports themselves, so that it costs no object each. */
    public interface Witness {
        /** It is reported, and the connection lives on. */
        void report(String message, Throwable escaped);
    }

    private WaterMarks marks;
    private boolean paused;

    /** Not paused. */
    public FlowControl(WaterMarks marks) {
        this(marks, false);
    }

    /** For a protocol that another transport may have asked to pause: whoever takes over has to resume it. */
    public FlowControl(WaterMarks marks, boolean paused) {
        this.marks = marks;
        this.paused = paused;
    }

    /** Between pauseWriting and resumeWriting. */
    public boolean isPaused() {
        return paused;
    }

    /** The marks in force. */
    public WaterMarks marks() {
        return marks;
    }

    /** Changes the marks; the caller then says {@link #grown} and {@link #shrunk}. */
    public void setMarks(WaterMarks newMarks) {
        marks = newMarks;
    }

    /** Whether so many bytes are more than the high mark allows. */
    public boolean isAbove(int size) {
        return size > marks.highBytes();
    }

    /** After the buffer has grown. */
    public void grown(int size, FlowControlled protocol, Witness witness) {
        if (isAbove(size)) {
            pause(protocol, witness);
        }
    }

    /** Whatever the size and the marks: for now nothing can be written at all. The flag is set first: the callback may write again. */
    void pause(FlowControlled protocol, Witness witness) {
        if (!paused) {
            paused = true;
            try {
                protocol.pauseWriting();
            } catch (Throwable escaped) {
                witness.report("protocol.pauseWriting() failed", escaped);
            }
        }
    }

    /** After the buffer has shrunk. The flag is cleared first: the callback may write, close or abort. */
    public void shrunk(int size, FlowControlled protocol, Witness witness) {
        if (paused && size <= marks.lowBytes()) {
            paused = false;
            try {
                protocol.resumeWriting();
            } catch (Throwable escaped) {
                witness.report("protocol.resumeWriting() failed", escaped);
            }
        }
    }
}
