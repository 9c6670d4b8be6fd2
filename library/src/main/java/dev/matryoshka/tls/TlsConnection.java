package dev.matryoshka.tls;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.transport.BaseProtocol;
import dev.matryoshka.transport.FlowControl;
import dev.matryoshka.transport.Transport;
import dev.matryoshka.transport.WaterMarks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * One TLS connection between the transport below and the protocol above: its life, and what of it happens when. The two
 * directions stand in {@link TlsInput} and {@link TlsOutput}, the cryptography in {@link TlsEngine}. Loop thread only.
 *
 * <p>Every way out leads through {@link #lost}, which the transport below calls once.
 */
final class TlsConnection implements FlowControl.Witness {
    private static final System.Logger LOG = System.getLogger("dev.matryoshka.tls");

    private final LoopEngine engine;
    private final TlsEngine core;
    private final TlsOptions options;
    private final TlsInput input;
    private final TlsOutput output;
    private final Limit limit;
    private final Transport lower;
    private final TlsTransport face;

    private final HandshakeWait handshake;

    private final UpperProtocol upper;

    private TlsLife life = TlsLife.HANDSHAKE;

    /** What connectionLost is told. */
    private @Nullable Throwable cause;

    /** Handshake work is under way on another thread: nobody touches the engine. */
    private boolean working;

    /** The transport below has said EOF. */
    private boolean lowerEnded;

    /** A FIN has gone below: nothing more can be sent. */
    private boolean lowerShut;

    TlsConnection(
            LoopEngine engine,
            Transport lower,
            TlsEngine core,
            TlsOptions options,
            UpperProtocol upper,
            HandshakeWait handshake) {
        this.engine = engine;
        this.lower = lower;
        this.core = core;
        this.options = options;
        this.upper = upper;
        this.handshake = handshake;
        this.limit = new Limit(engine);
        WaterMarks chosen = lower.writeBufferLimits();
        WaterMarks marks = chosen.equals(WaterMarks.DEFAULT) ? TlsTransport.MARKS : chosen;
        this.input = new TlsInput(this, engine, core, lower);
        lower.setWriteBufferLimits(marksBelow(marks)); // what it calls by that finds nobody yet
        this.output = new TlsOutput(this, engine, core, lower, new FlowControl(marks, upper.wasPausedBefore()));
        this.face = new TlsTransport(this, lower);
    }

    TlsTransport face() {
        return face;
    }

    /**
     * What may wait below as ciphertext: as for a plain connection, and without a pause there never more than the low mark
     * above. For what was not paused drains without a word, and who is paused above would wait for one.
     */
    static WaterMarks marksBelow(WaterMarks marks) {
        WaterMarks plain = WaterMarks.DEFAULT;
        int high = Math.min(plain.highBytes(), marks.lowBytes());
        return new WaterMarks(high, Math.min(plain.lowBytes(), high));
    }

    // ---- the handshake --------------------------------------------------------------------------------------------

    /** @param received bytes of the peer that somebody has read already */
    void begin(ByteBuffer received) {
        limit.start(options.handshakeTimeout(), this::handshakeTimedOut);
        input.prepend(received);
        handshake.begin();
        handshake.whenEnded(engine, this::waitEnded);
        work(core.start());
    }

    private void waitEnded() {
        if (life == TlsLife.HANDSHAKE) {
            cut();
        }
    }

    /** Hands work that takes long to the loop's executor, then goes on here. */
    private void work(Callable<Boolean> job) {
        working = true;
        input.balance();
        try {
            engine.face().runInExecutor(job).whenComplete((done, failure) -> {
                if (engine.isLoopThread() && !engine.isClosed()) {
                    worked(failure);
                }
            });
        } catch (RuntimeException refused) {
            worked(refused);
        }
    }

    private void worked(@Nullable Throwable failure) {
        working = false;
        if (life.isOver()) {
            return;
        }
        if (failure != null) {
            failed(failure);
        } else if (pump()) {
            input.process(TlsEngine.NOTHING);
            output.flush();
        }
    }

    void offload() {
        if (!working) {
            work(core.task());
        }
    }

    /** Sends what the engine itself has to say; false when nothing can go on for now. */
    boolean pump() {
        TlsStep step;
        do {
            if (working || life == TlsLife.OVER) {
                return false;
            }
            try {
                step = output.sendOwn();
            } catch (SSLException broken) {
                failed(broken);
                return false;
            }
            if (step == TlsStep.OPENED) {
                opened();
            }
        } while (step == TlsStep.OPENED);
        if (step == TlsStep.TASK) {
            offload();
            return false;
        }
        return !life.isOver();
    }

    /** What the input does next; false when it has to stop for now. */
    boolean follow(TlsStep step) {
        switch (step) {
            case OUTPUT -> {
                return pump();
            }
            case TASK -> {
                offload();
                return false;
            }
            case OPENED -> opened();
            case ENDED -> {
                pump(); // the engine may have an answer, and with it both directions are over
                return false; // told when all before it is delivered
            }
            case FULL -> output.flush();
            case DONE, STARVED -> {}
        }
        return true;
    }

    private void opened() {
        if (life != TlsLife.HANDSHAKE) {
            return;
        }
        if (handshake.isGivenUp()) {
            cut();
            return;
        }
        life = life.to(TlsLife.OPEN);
        limit.stop();
        if (upper.isMade()) {
            input.waitForNextPass();
        } else {
            upper.tellMade(face);
        }
        if (!handshake.succeed(face)) {
            cut();
        }
    }

    private void handshakeTimedOut() {
        failed(new SSLHandshakeException(
                "the TLS handshake is taking longer than " + Limit.text(options.handshakeTimeout())));
    }

    // ---- from below -----------------------------------------------------------------------------------------------

    void received(ByteBuffer ciphertext) {
        input.process(ciphertext);
    }

    void lowerEof() {
        lowerEnded = true;
        input.process(TlsEngine.NOTHING);
    }

    /** What has come is decrypted, as far as it can be. */
    void processed() {
        output.flush();
        if (input.mayTell() && !isHeldUp()) {
            if (core.isInputEnded()) {
                inputEnded();
            } else if (lowerEnded && core.state().canUnwrap()) {
                inputCut();
            }
        }
        input.balance();
    }

    /** EOF below where a close_notify should have been. */
    private void inputCut() {
        switch (life) {
            case HANDSHAKE ->
                failed(new SSLHandshakeException("the peer ended the connection during the TLS handshake"));
            case OPEN -> {
                if (!options.truncationAllowed()) {
                    closeFor(new TlsTruncatedException());
                } else if (!tellEof()) {
                    close();
                }
            }
            case GOODBYE -> endLower();
            default -> {}
        }
    }

    /** The peer's close_notify. */
    private void inputEnded() {
        if (life == TlsLife.GOODBYE) {
            endLower();
        } else if (life == TlsLife.OPEN && !upper.isEofTold()) {
            boolean keepOpen = tellEof() && core.state() == TlsState.INPUT_ENDED;
            if (life == TlsLife.OPEN && !keepOpen) {
                close();
            }
        }
    }

    /** Whether the protocol wants to write on. */
    private boolean tellEof() {
        try {
            return upper.isEofTold() || upper.tellEof();
        } catch (Throwable escaped) {
            fatal("Fatal error: protocol.eofReceived() call failed.", escaped);
            return false;
        }
    }

    /** The transport below is over; so is this. */
    void lost(@Nullable Throwable reason) {
        limit.stop();
        boolean shakingHands = life == TlsLife.HANDSHAKE;
        Throwable why = cause != null ? cause : isGoodbyeSaid() ? null : reason;
        life = life.to(TlsLife.OVER);
        if (shakingHands) {
            handshake.fail(reason != null ? reason : new ClosedChannelException(), lower);
        }
        output.drop();
        input.drop();
        upper.tellLost(why, face);
    }

    /** All of ours was sent, and nothing of the peer's is missed: how it then ends is no news. */
    private boolean isGoodbyeSaid() {
        return life == TlsLife.GOODBYE && lower.droppedBytes() == 0;
    }

    void lowerPaused() {
        output.pauseWriting();
    }

    void lowerResumed() {
        boolean clogged = output.isClogged();
        output.resumeWriting();
        if (clogged) {
            input.processSoon();
        }
    }

    // ---- failing and ending ---------------------------------------------------------------------------------------

    /** What escaped from a callback of the protocol. */
    void fatal(String message, Throwable exception) {
        if (!(exception instanceof IOException)) {
            report(message, exception);
        }
        failed(exception);
    }

    /** The connection is given up; the peer is sent an alert if the engine has one for it. */
    void failed(Throwable why) {
        if (life.isOver()) {
            return;
        }
        if (life == TlsLife.GOODBYE) {
            endLower(); // ours is said, and what is wrong with the peer's is nobody's concern
            return;
        }
        boolean shakingHands = life == TlsLife.HANDSHAKE;
        cause = why;
        sendAlert();
        output.drop();
        endLower();
        if (shakingHands) {
            handshake.fail(why, lower);
        }
    }

    private void sendAlert() {
        if (!working) {
            try {
                output.sendOwn();
            } catch (SSLException untold) {
                LOG.log(System.Logger.Level.TRACE, "no alert for the peer", untold);
            }
        }
    }

    /** The transport below sends what it has, then ends; not for ever. */
    private void endLower() {
        life = life.to(TlsLife.ENDING);
        limit.start(options.shutdownTimeout(), this::shutdownTimedOut);
        lower.close();
    }

    private void shutdownTimedOut() {
        int unsent = output.size();
        if (unsent > 0 && cause == null) {
            cause = new SSLException("the TLS shutdown is taking longer than " + Limit.text(options.shutdownTimeout())
                    + ", " + unsent + " bytes are unsent");
        }
        cut();
    }

    private void cut() {
        output.drop();
        if (!life.isOver()) {
            life = life.to(TlsLife.ENDING);
        }
        lower.abort();
    }

    void close() {
        if (life == TlsLife.HANDSHAKE) {
            abort();
        } else if (life == TlsLife.OPEN) {
            closeFor(null);
        }
    }

    private void closeFor(@Nullable Throwable why) {
        cause = why;
        life = life.to(TlsLife.FLUSHING);
        limit.start(options.shutdownTimeout(), this::shutdownTimedOut);
        input.balance();
        if (!working && !core.state().canWrapData()) {
            output.drop(); // TLS 1.2, and the peer has ended both directions
        }
        output.flush();
    }

    /** All that was written is encrypted and handed down. */
    void flushed() {
        if (life != TlsLife.FLUSHING || working) {
            return;
        }
        life = life.to(TlsLife.GOODBYE);
        output.endOutput();
        pump(); // before TLS 1.3 the engine has answered the peer's close_notify by itself
        if (life != TlsLife.GOODBYE) {
            return;
        }
        if (core.isInputEnded() || lowerEnded || !core.state().canUnwrap()) {
            endLower();
            return;
        }
        if (lower.canWriteEof()) {
            lowerShut = true;
            lower.writeEof();
        }
        input.processSoon();
    }

    void abort() {
        boolean shakingHands = life == TlsLife.HANDSHAKE;
        if (life != TlsLife.OVER) {
            cut();
        }
        if (shakingHands) {
            handshake.fail(new ClosedChannelException(), lower);
        }
    }

    // ---- what may be done now -------------------------------------------------------------------------------------

    boolean mayRead() {
        boolean wanted = life == TlsLife.HANDSHAKE || life == TlsLife.OPEN || life == TlsLife.GOODBYE;
        return wanted && !isHeldUp() && core.state().canUnwrap();
    }

    /** What has come has to wait, and its end with it: for work on another thread, or until the peer takes our answers. */
    private boolean isHeldUp() {
        return working || life == TlsLife.OPEN && output.isClogged();
    }

    /** What comes is of no interest any more, only its end is. */
    boolean dropsInput() {
        return life == TlsLife.GOODBYE;
    }

    boolean canEncrypt() {
        return (life == TlsLife.OPEN || life == TlsLife.FLUSHING)
                && !working
                && core.state().canWrapData();
    }

    boolean canSendDown() {
        return !lowerShut && life != TlsLife.OVER;
    }

    boolean isReceiving() {
        return input.isProcessing();
    }

    boolean isOver() {
        return life.isOver();
    }

    boolean isWorking() {
        return working;
    }

    boolean isClosing() {
        return life.isClosing() || lower.isClosing();
    }

    boolean isReading() {
        return life == TlsLife.OPEN && !input.isPaused() && !upper.isEofTold();
    }

    TlsEngine core() {
        return core;
    }

    TlsInput input() {
        return input;
    }

    TlsOutput output() {
        return output;
    }

    LoopEngine engine() {
        return engine;
    }

    UpperProtocol upper() {
        return upper;
    }

    BaseProtocol protocol() {
        return upper.get();
    }

    @Override
    public void report(String message, Throwable exception) {
        upper.report(message, exception, face);
    }

    @Override
    public String toString() {
        return life + ", " + core + ", over " + lower;
    }
}
