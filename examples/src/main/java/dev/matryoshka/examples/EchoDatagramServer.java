package dev.matryoshka.examples;

import dev.matryoshka.EventLoop;
import dev.matryoshka.address.Datagram;
import dev.matryoshka.stream.DatagramStream;
import dev.matryoshka.transport.DatagramOptions;

/** Echo over UDP: one loop for all clients; each datagram goes back to who sent it. */
public final class EchoDatagramServer {
    private EchoDatagramServer() {}

    public static void main(String... args) throws Exception {
        int port = args.length == 0 ? 8888 : Integer.parseInt(args[0]);
        DatagramOptions here = DatagramOptions.defaults().withLocal("127.0.0.1", port);
        EventLoop.run(loop -> {
            try (DatagramStream stream = loop.openDatagrams(here)) {
                for (Datagram asked; (asked = stream.receive()) != null; ) {
                    stream.send(asked.bytes(), asked.sender());
                }
            }
        });
    }
}
