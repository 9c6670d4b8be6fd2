package dev.matryoshka.support;

import dev.matryoshka.transport.Protocol;
import dev.matryoshka.transport.Transport;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** A protocol that remembers what it heard, and does in each callback what the test tells it to. */
public final class Recorder implements Protocol {
    public final Heard heard = new Heard();

    /** What to do when; called after the event is noted. */
    public Consumer<Transport> atMade = transport -> {};

    public Consumer<ByteBuffer> atData = data -> {};
    public Runnable atEof = () -> {};
    public Runnable atPause = () -> {};
    public Runnable atResume = () -> {};
    public Consumer<Throwable> atLost = reason -> {};

    /** What eofReceived answers. */
    public boolean keepOpen;

    public Transport transport() {
        return heard.transport();
    }

    @Override
    public void connectionMade(Transport transport) {
        heard.made(transport);
        atMade.accept(transport);
    }

    @Override
    public void dataReceived(ByteBuffer data) {
        heard.data(data);
        atData.accept(data);
    }

    @Override
    public boolean eofReceived() {
        heard.eof();
        atEof.run();
        return keepOpen;
    }

    @Override
    public void pauseWriting() {
        heard.pause();
        atPause.run();
    }

    @Override
    public void resumeWriting() {
        heard.resume();
        atResume.run();
    }

    @Override
    public void connectionLost(Throwable exception) {
        heard.lost(exception);
        atLost.accept(exception);
    }
}
