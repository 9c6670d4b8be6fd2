package dev.matryoshka.process;

import dev.matryoshka.loop.BusyException;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.stream.StreamReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.task.Parks;
import dev.matryoshka.task.TaskGroup;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * A child in straight-line code (asyncio.subprocess.Process; not named so, because {@link java.lang.Process} is another thing). Loop
 * thread only.
 *
 * {@snippet :
 * try (Subprocess sort = loop.createSubprocessExec(SubprocessOptions.piped(), "sort")) {
 *     Subprocess.Output output = sort.communicate("b\na\n".getBytes(UTF_8));
 * }
 * }
 *
 * <p>{@link #close()} kills a child that still runs, so try-with-resources leaves none behind; a child that is to outlive its block
 * is not put into one.
 */
public final class Subprocess implements AutoCloseable {
    /** Input is handed over in pieces: the transport need not hold all of it a second time. */
    private static final int PIECE_BYTES = 64 * 1024;

    private static final byte[] NOTHING = new byte[0];

    private final ChildTransport transport;
    private final @Nullable StreamWriter stdin;
    private final @Nullable StreamReader stdout;
    private final @Nullable StreamReader stderr;

    /** What {@link #communicate} has still to send; kept when it is cancelled. */
    private ByteBuffer input = ByteBuffer.wrap(NOTHING);

    private boolean communicating;

    /** What it has read to the end; kept when it is cancelled behind that. */
    private byte @Nullable [] wholeStdout;

    private byte @Nullable [] wholeStderr;

    Subprocess(
            ChildTransport transport,
            @Nullable StreamWriter stdin,
            @Nullable StreamReader stdout,
            @Nullable StreamReader stderr) {
        this.transport = transport;
        this.stdin = stdin;
        this.stdout = stdout;
        this.stderr = stderr;
    }

    /**
     * What {@link #communicate} brings.
     *
     * @param returnCode as {@link Subprocess#waitFor()}
     * @param stdout all that came out, in an array of its own; empty when it was no pipe
     * @param stderr as stdout; empty also when it led to standard output
     */
    @SuppressWarnings("ArrayRecordComponent") // a result, not a key
    public record Output(int returnCode, byte[] stdout, byte[] stderr) {
        /** Standard output as text. */
        public String text(Charset charset) {
            return new String(stdout, charset);
        }

        /** Standard error as text. */
        public String errorText(Charset charset) {
            return new String(stderr, charset);
        }

        /** The code and how much came. */
        @Override
        public String toString() {
            return "Output[returnCode=" + returnCode + ", " + stdout.length + " bytes, " + stderr.length
                    + " bytes of errors]";
        }
    }

    // ---- its streams ----------------------------------------------------------------------------------------------

    /**
     * Writes to its standard input; closing it is how most programs are told that there is no more.
     *
     * @throws IllegalStateException it is no pipe
     */
    public StreamWriter stdin() {
        return require(stdin, "stdin");
    }

    /** Reads its standard output; as {@link #stdin()}. */
    public StreamReader stdout() {
        return require(stdout, "stdout");
    }

    /** Reads its standard error; as {@link #stdin()}. */
    public StreamReader stderr() {
        return require(stderr, "stderr");
    }

    private static <T> T require(@Nullable T stream, String name) {
        if (stream == null) {
            throw new IllegalStateException(name + " of this child is no pipe: start it with Stdio.PIPE");
        }
        return stream;
    }

    /**
     * Sends input, closes standard input, and reads both outputs to their ends; then waits for the child. All at once, so that no
     * full pipe stops anybody.
     *
     * <p>The outputs are kept in memory whole, each up to 2 GiB and for a moment twice; read from the streams what may be larger.
     * The input is not copied. A child that does not read it to the end is not an error.
     *
     * <p>Cancelled, as by a timeout, it loses nothing: call it again, without input, to go on with what is left of the input and
     * to get all of the output from its beginning. (asyncio drops what it had read.)
     *
     * @param newInput null or empty for none
     * @throws IllegalStateException there is input and standard input is no pipe, or an earlier input is not sent yet
     * @throws BusyException another task is in here, or reads one of the streams
     * @throws IOException reading failed
     * @throws InterruptedException cancelled; the child runs on
     */
    @Parks
    public Output communicate(byte @Nullable [] newInput) throws IOException, InterruptedException {
        transport.engine().members().requireTask("communicate");
        if (communicating) {
            throw new BusyException("communicate() called while another task is in it");
        }
        if (newInput != null && newInput.length > 0) {
            take(newInput);
        }
        communicating = true;
        try {
            return exchange();
        } finally {
            communicating = false;
        }
    }

    /** As {@link #communicate(byte[])} without input, or to go on after a cancel. */
    @Parks
    public Output communicate() throws IOException, InterruptedException {
        return communicate(null);
    }

    private void take(byte[] newInput) {
        StreamWriter target = stdin();
        if (input.hasRemaining() || target.isClosing()) {
            throw new IllegalStateException(
                    "standard input has been closed, or an earlier input is on its way: go on with communicate()");
        }
        input = ByteBuffer.wrap(newInput);
    }

    @Parks
    private Output exchange() throws IOException, InterruptedException {
        try {
            TaskGroup.run(group -> {
                group.createTask(this::feed);
                group.createTask(() -> wholeStdout = readAll(wholeStdout, stdout));
                group.createTask(() -> wholeStderr = readAll(wholeStderr, stderr));
            });
        } catch (IOException | InterruptedException | RuntimeException failed) {
            throw failed;
        } catch (Exception impossible) {
            throw new IllegalStateException(impossible);
        }
        int code = waitFor();
        Output output = new Output(code, orEmpty(wholeStdout), orEmpty(wholeStderr));
        wholeStdout = null;
        wholeStderr = null;
        return output;
    }

    private static byte[] orEmpty(byte @Nullable [] bytes) {
        return bytes == null ? NOTHING : bytes;
    }

    @Parks
    private void feed() throws InterruptedException {
        StreamWriter target = stdin;
        if (target == null) {
            return;
        }
        try {
            while (input.hasRemaining()) {
                ByteBuffer piece = input.slice(input.position(), Math.min(PIECE_BYTES, input.remaining()));
                int length = piece.remaining();
                target.write(piece);
                input.position(input.position() + length);
            }
        } catch (InterruptedIOException cancelled) {
            throw new InterruptedException();
        } catch (IOException unread) {
            input = ByteBuffer.wrap(NOTHING); // the child does not want it
        }
        target.close();
    }

    /** @param before what an earlier call has read, to the end; a read that was cancelled left all of it in the stream */
    @Parks
    private static byte[] readAll(byte @Nullable [] before, @Nullable StreamReader stream)
            throws IOException, InterruptedException {
        return before != null ? before : stream == null ? NOTHING : stream.read(-1);
    }

    // ---- its end --------------------------------------------------------------------------------------------------

    /**
     * Parks until the child has ended (asyncio {@code wait}); its pipes may go on. A child that fills a pipe which nobody reads does
     * not end: {@link #communicate} reads. Any number of tasks, any number of times, before and after.
     *
     * @return 0 to 255 as it said, or the negative number of the signal that ended it
     * @throws dev.matryoshka.loop.LoopClosedException the loop was closed, and the child did not die in time
     * @throws InterruptedException cancelled; the child runs on
     */
    @Parks
    public int waitFor() throws InterruptedException {
        transport.engine().members().requireTask("waitFor");
        Integer code = transport.awaitExit();
        if (code == null) {
            throw new LoopClosedException(transport.loop().name());
        }
        return code;
    }

    /** Parks until the child has ended and all its pipes are over. */
    @Parks
    public void waitClosed() throws InterruptedException {
        transport.engine().members().requireTask("waitClosed");
        transport.awaitOver();
    }

    /** As {@link SubprocessTransport#returnCode()}: null as long as it runs. */
    public @Nullable Integer returnCode() {
        return transport.returnCode();
    }

    /** As {@link SubprocessTransport#sendSignal}. */
    public boolean sendSignal(Signal signal) throws IOException {
        return transport.sendSignal(signal);
    }

    /** As {@link SubprocessTransport#terminate()}. */
    public boolean terminate() throws IOException {
        return transport.terminate();
    }

    /** As {@link SubprocessTransport#kill()}. */
    public boolean kill() throws IOException {
        return transport.kill();
    }

    /** As {@link SubprocessTransport#close()}: ends the pipes, kills the child if it still runs, and does not wait. Idempotent. */
    @Override
    public void close() {
        transport.close();
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    /** The child's process number. Any thread. */
    public long pid() {
        return transport.pid();
    }

    /** What this stands on: for the transports of the pipes. */
    public SubprocessTransport transport() {
        return transport;
    }

    @Override
    public String toString() {
        return "Subprocess[" + transport + "]";
    }
}
