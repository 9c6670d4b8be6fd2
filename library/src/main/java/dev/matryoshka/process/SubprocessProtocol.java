package dev.matryoshka.process;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a protocol hears about a child and its pipes (asyncio.SubprocessProtocol). Called by the loop, on its thread, never two at
 * once; do not park. Streams are told by number: 0 is the child's standard input, 1 its output, 2 its errors.
 *
 * <p>Grammar: {@code connectionMade (pipeDataReceived* pipeConnectionLost)(each pipe) processExited connectionLost}. Made comes first
 * and lost last, exactly once each. The pipes and the exit come in any order: a child may close its output and work on, and what it
 * has started itself may keep the pipes after its exit. What is in a pipe when the child exits is still delivered.
 *
 * <p>What these methods throw goes to the loop's exception handler; from {@link #pipeDataReceived} it ends that pipe.
 */
public interface SubprocessProtocol {
    /** The child has been started; before any other callback, and before the call that started it returns. */
    default void connectionMade(SubprocessTransport transport) {}

    /**
     * The child has written.
     *
     * @param stream 1 or 2
     * @param data read-only, at least one byte; lent for the duration of this call, then reused
     */
    default void pipeDataReceived(int stream, ByteBuffer data) {}

    /**
     * A pipe is over.
     *
     * @param stream 0, 1 or 2
     * @param exception null at its regular end, or when it was closed here; otherwise what broke it, for standard input mostly
     *     that the child does not read any more
     */
    default void pipeConnectionLost(int stream, @Nullable Throwable exception) {}

    /** The child has ended: {@link SubprocessTransport#returnCode()} says how. Pipes may go on. */
    default void processExited() {}

    /**
     * The child has ended and all its pipes are over; the last callback.
     *
     * @param exception always null; each pipe told its own
     */
    default void connectionLost(@Nullable Throwable exception) {}

    /** The buffer of standard input has grown above its high-water mark: stop writing until {@link #resumeWriting()}. */
    default void pauseWriting() {}

    /** The buffer of standard input has drained to its low-water mark. */
    default void resumeWriting() {}
}
