package dev.matryoshka.layer;

import dev.matryoshka.loop.Loop;
import dev.matryoshka.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One connection of a capture. The date is asked for once; from then on the loop's clock tells how much later it is. */
final class CaptureTap implements Tap {
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /** For connections without ports: the server's, and the first of the clients'. */
    private static final int MADE_UP_PORT = 1;

    private static final int MADE_UP_CLIENT_PORT = 1024;

    private final Capture capture;
    private @Nullable Loop loop;
    private @Nullable PacketMaker packets;
    private long originNanos;
    private boolean localEnded;
    private boolean remoteEnded;

    CaptureTap(Capture capture) {
        this.capture = capture;
    }

    @Override
    public void made(Transport transport) {
        Instant now = capture.clock().instant();
        loop = transport.loop();
        originNanos = now.getEpochSecond() * NANOS_PER_SECOND + now.getNano() - loop.time();
        InetSocketAddress here = inet(transport.localAddress(), MADE_UP_PORT);
        int connection = capture.nextConnection() % (65_536 - MADE_UP_CLIENT_PORT);
        InetSocketAddress there = inet(transport.remoteAddress(), MADE_UP_CLIENT_PORT + connection);
        packets = new PacketMaker(here, there, capture.options().snapBytes());
        boolean opensHere = !packets.isServer();
        add(opensHere, PacketMaker.SYN, null);
        add(!opensHere, PacketMaker.SYN | PacketMaker.ACK, null);
        add(opensHere, PacketMaker.ACK, null);
    }

    private static InetSocketAddress inet(@Nullable SocketAddress address, int port) {
        return address instanceof InetSocketAddress inet && !inet.isUnresolved()
                ? inet
                : new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    }

    @Override
    public void received(ByteBuffer data) {
        addAll(false, data);
    }

    @Override
    public void written(ByteBuffer data) {
        addAll(true, data);
    }

    private void addAll(boolean fromLocal, ByteBuffer data) {
        for (int at = 0; at < data.remaining(); at += PacketMaker.PAYLOAD_BYTES_MAX) {
            int count = Math.min(PacketMaker.PAYLOAD_BYTES_MAX, data.remaining() - at);
            add(fromLocal, PacketMaker.PSH | PacketMaker.ACK, data.slice(data.position() + at, count));
        }
    }

    @Override
    public void eofReceived() {
        remoteEnded = true;
        add(false, PacketMaker.FIN | PacketMaker.ACK, null);
    }

    @Override
    public void eofWritten() {
        if (!localEnded) {
            localEnded = true;
            add(true, PacketMaker.FIN | PacketMaker.ACK, null);
        }
    }

    @Override
    public void ended(boolean aborted) {
        if (aborted) {
            localEnded = true;
            remoteEnded = true;
            add(true, PacketMaker.RST | PacketMaker.ACK, null);
        } else {
            eofWritten();
        }
    }

    /** What broke a connection looks like the peer's reset, whatever it was; the end of a loop like our own. */
    @Override
    public void lost(@Nullable Throwable exception) {
        if (exception != null && !(localEnded && remoteEnded)) {
            add(false, PacketMaker.RST | PacketMaker.ACK, null);
        } else {
            eofWritten();
        }
    }

    private void add(boolean fromLocal, int flags, @Nullable ByteBuffer payload) {
        if (packets != null && loop != null) {
            capture.add(loop, packets.packet(fromLocal, flags, payload, originNanos + loop.time()));
        }
    }
}
