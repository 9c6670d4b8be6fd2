package dev.matryoshka.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.transport.DatagramProtocol;
import dev.matryoshka.transport.DatagramTransport;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A datagram protocol that writes down what it hears, in the order in which it hears it. */
public class HeardDatagrams implements DatagramProtocol {
    /** {@code made}, {@code "text"}, {@code error X}, {@code pause}, {@code resume}, {@code lost null}. */
    public final List<String> events = new ArrayList<>();

    public final List<SocketAddress> senders = new ArrayList<>();
    public final List<IOException> errors = new ArrayList<>();
    public DatagramTransport transport;

    @Override
    public void connectionMade(DatagramTransport made) {
        transport = made;
        events.add("made");
    }

    @Override
    public void datagramReceived(ByteBuffer datagram, SocketAddress sender) {
        senders.add(sender);
        events.add('"' + UTF_8.decode(datagram).toString() + '"');
    }

    @Override
    public void errorReceived(IOException exception) {
        errors.add(exception);
        events.add("error " + exception.getClass().getSimpleName());
    }

    @Override
    public void pauseWriting() {
        events.add("pause");
    }

    @Override
    public void resumeWriting() {
        events.add("resume");
    }

    @Override
    public void connectionLost(@Nullable Throwable exception) {
        events.add("lost " + exception);
    }

    /** How many datagrams so far. */
    public int received() {
        return senders.size();
    }

    public boolean isLost() {
        return events.contains("lost null");
    }

    /** Sends back what it gets. */
    public static final class Echo extends HeardDatagrams {
        @Override
        public void datagramReceived(ByteBuffer datagram, SocketAddress sender) {
            ByteBuffer copy = datagram.duplicate();
            super.datagramReceived(datagram, sender);
            transport.sendTo(copy, sender);
        }
    }
}
