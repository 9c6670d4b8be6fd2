package dev.matryoshka.process;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.transport.Transport;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A child, seen from its protocol: commands go in, {@link SubprocessProtocol} callbacks come out (asyncio.SubprocessTransport).
 * Loop thread only; nothing here waits.
 *
 * <p>A signal reaches this child or nobody: it goes by a descriptor of the process, never by a number that may be another's.
 */
public interface SubprocessTransport {
    /** Any thread. */
    Loop loop();

    /** The child's process number; of use for people. Any thread. */
    long pid();

    /**
     * How the child ended: 0 to 255 as it said, or the negative number of the signal that ended it; null as long as it has not,
     * or the loop has not heard of it. 255 also when somebody else waited for it.
     */
    @Nullable
    Integer returnCode();

    /**
     * The transport of a pipe: that of 0 is written, those of 1 and 2 are read. Their callbacks come to the protocol of this
     * transport, unless you give them another.
     *
     * @param stream 0, 1 or 2
     * @return null when that stream is no pipe
     */
    @Nullable
    Transport pipeTransport(int stream);

    /**
     * Sends a signal.
     *
     * @return false when the child has ended: nobody got it
     * @throws IOException it may not be signalled, since it runs as another user by now
     * @throws UnsupportedOperationException the kernel is nio, and can only send SIGTERM and SIGKILL
     */
    boolean sendSignal(Signal signal) throws IOException;

    /** Sends SIGTERM, as {@link #sendSignal}. */
    boolean terminate() throws IOException;

    /** Sends SIGKILL, as {@link #sendSignal}. */
    boolean kill() throws IOException;

    /**
     * Closes all pipes at once and kills the child if it still runs; {@code connectionLost} follows when it is dead. Bytes that
     * were written to it and not sent are dropped. Idempotent.
     */
    void close();

    /** Whether {@link #close()} was called, or everything is over. */
    boolean isClosing();

    /** Hands the callbacks to another protocol, from the next one on. */
    void setProtocol(SubprocessProtocol protocol);

    /** The protocol that gets the callbacks. */
    SubprocessProtocol protocol();
}
