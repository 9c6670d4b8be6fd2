package dev.matryoshka.process;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What the protocol of a child was told, in order, held against its grammar. A breach is an AssertionError in the callback: it ends in
 * the exception handler, and so fails the test.
 */
final class ChildRecorder implements SubprocessProtocol {
    /** Words: made, data 1, data 2, lost 0 to lost 2, exited, pause, resume, over. */
    final List<String> events = new ArrayList<>();

    private final ByteArrayOutputStream[] bytes = {null, new ByteArrayOutputStream(), new ByteArrayOutputStream()};
    private final boolean[] pipeLost = new boolean[3];
    private final Throwable[] reasons = new Throwable[3];
    private SubprocessTransport transport;
    private boolean exited;
    private boolean over;

    Runnable atMade = () -> {};
    Runnable atData = () -> {};
    Runnable atExited = () -> {};

    @Override
    public void connectionMade(SubprocessTransport made) {
        require(events.isEmpty(), "made comes first, and once");
        transport = made;
        events.add("made");
        atMade.run();
    }

    @Override
    public void pipeDataReceived(int stream, ByteBuffer data) {
        requireBetween("data " + stream);
        require(stream == 1 || stream == 2, "data of an output: " + stream);
        require(!pipeLost[stream], "no data after the pipe was lost");
        require(data.hasRemaining() && data.isReadOnly(), "at least one byte, read-only");
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        bytes[stream].writeBytes(copy);
        events.add("data " + stream);
        atData.run();
    }

    @Override
    public void pipeConnectionLost(int stream, Throwable exception) {
        requireBetween("lost " + stream);
        require(!pipeLost[stream], "a pipe is lost once");
        pipeLost[stream] = true;
        reasons[stream] = exception;
        events.add("lost " + stream);
    }

    @Override
    public void processExited() {
        requireBetween("exited");
        require(!exited, "exited once");
        require(transport.returnCode() != null, "the code is known");
        exited = true;
        events.add("exited");
        atExited.run();
    }

    @Override
    public void connectionLost(Throwable exception) {
        requireBetween("over");
        require(exception == null, "no reason");
        for (int stream = 0; stream < pipeLost.length; stream++) {
            require(pipeLost[stream] || transport.pipeTransport(stream) == null, "every pipe is lost before");
        }
        over = true;
        events.add("over");
    }

    @Override
    public void pauseWriting() {
        events.add("pause");
    }

    @Override
    public void resumeWriting() {
        events.add("resume");
    }

    private void requireBetween(String what) {
        require(transport != null, what + " before made");
        require(!over, what + " after the end");
    }

    private void require(boolean condition, String rule) {
        if (!condition) {
            throw new AssertionError("broken: " + rule + "; heard so far " + events);
        }
    }

    SubprocessTransport transport() {
        return transport;
    }

    boolean isExited() {
        return exited;
    }

    boolean isOver() {
        return over;
    }

    boolean isLost(int stream) {
        return pipeLost[stream];
    }

    Throwable reason(int stream) {
        return reasons[stream];
    }

    String text(int stream) {
        return bytes[stream].toString(ISO_8859_1);
    }
}
