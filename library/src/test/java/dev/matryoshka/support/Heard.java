package dev.matryoshka.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.matryoshka.transport.Transport;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a protocol was told, in order, held against the grammar {@code made (data* eof?) lost} with pause and resume in turns. A
 * breach is an AssertionError in the callback: it ends in the exception handler, and so fails the test.
 */
public final class Heard {
    /** Words: made, data, eof, pause, resume, lost. */
    public final List<String> events = new ArrayList<>();

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Transport transport;
    private Throwable reason;
    private boolean eof;
    private boolean paused;
    private boolean lost;

    void made(Transport made) {
        require(events.isEmpty(), "made comes first, and once");
        require(!made.isClosing(), "made before the end");
        transport = made;
        events.add("made");
    }

    /** startTls has put another transport in the place of the one that was made. */
    public void moved(Transport to) {
        transport = to;
    }

    void data(ByteBuffer data) {
        requireBetween("data");
        require(!eof, "no data after eof");
        require(transport.isReading(), "no data while paused or closing");
        require(data.hasRemaining(), "at least one byte");
        byte[] copy = new byte[data.remaining()];
        data.get(data.position(), copy);
        bytes.writeBytes(copy);
        events.add("data");
    }

    void eof() {
        requireBetween("eof");
        require(!eof, "eof once");
        eof = true;
        events.add("eof");
    }

    void pause() {
        requireBetween("pause");
        require(!paused, "pause and resume in turns");
        paused = true;
        events.add("pause");
    }

    void resume() {
        requireBetween("resume");
        require(paused, "pause and resume in turns");
        paused = false;
        events.add("resume");
    }

    void lost(Throwable exception) {
        requireBetween("lost");
        require(transport.isClosing(), "a lost transport is closing");
        lost = true;
        reason = exception;
        events.add("lost");
    }

    private void requireBetween(String what) {
        require(transport != null, what + " before made");
        require(!lost, what + " after lost");
    }

    private void require(boolean condition, String rule) {
        if (!condition) {
            throw new AssertionError("broken: " + rule + "; heard so far " + summary());
        }
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    public Transport transport() {
        if (transport == null) {
            throw new AssertionError("not made yet");
        }
        return transport;
    }

    public boolean isMade() {
        return transport != null;
    }

    public boolean isEof() {
        return eof;
    }

    public boolean isPaused() {
        return paused;
    }

    public boolean isLost() {
        return lost;
    }

    /** What connectionLost was given. */
    public Throwable reason() {
        return reason;
    }

    public int count() {
        return bytes.size();
    }

    public byte[] bytes() {
        return bytes.toByteArray();
    }

    /** All that arrived, a character per byte. */
    public String text() {
        return bytes.toString(ISO_8859_1);
    }

    /** The events with runs of the same one written once. */
    public String summary() {
        StringBuilder line = new StringBuilder();
        String last = "";
        for (String event : events) {
            if (!event.equals(last)) {
                line.append(line.isEmpty() ? "" : " ").append(event);
            }
            last = event;
        }
        return line.toString();
    }

    public int times(String event) {
        return (int) events.stream().filter(event::equals).count();
    }
}
