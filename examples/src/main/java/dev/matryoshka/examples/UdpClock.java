package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.transport.DatagramOptions;
import dev.matryoshka.transport.DatagramProtocol;
import dev.matryoshka.transport.DatagramTransport;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;

/** Tells the time to whoever sends a datagram, on the middle doll. Each answer stands alone, so one that does not get out is left out. */
public final class UdpClock implements DatagramProtocol {
    private final Clock clock;

    private int skipped;

    @SuppressWarnings("NullAway.Init") // connectionMade comes first
    private DatagramTransport transport;

    UdpClock(Clock clock) {
        this.clock = clock;
    }

    @Override
    public void connectionMade(DatagramTransport made) {
        transport = made;
    }

    @Override
    public void datagramReceived(ByteBuffer question, SocketAddress sender) {
        if (transport.writeBufferSize() == 0) {
            transport.sendTo(clock.instant().toString().getBytes(UTF_8), sender);
        } else {
            skipped++; // a time that is told late is wrong
        }
    }

    int skipped() {
        return skipped;
    }

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        DatagramOptions here = DatagramOptions.defaults().withLocal("127.0.0.1", port);
        EventLoop.run(loop -> {
            loop.createDatagramEndpoint(() -> new UdpClock(Clock.systemUTC()), here);
            new CountDownLatch(1).await(); // until the program is interrupted
        });
    }
}
