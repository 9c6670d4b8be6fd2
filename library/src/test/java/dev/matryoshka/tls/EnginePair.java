package dev.matryoshka.tls;

import dev.matryoshka.support.Certificates;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;

/** Two engines back to back: what one wraps the other unwraps, without any network, loop or thread. */
final class EnginePair {
    final TlsEngine client;
    final TlsEngine server;
    final ByteBuffer toServer = ByteBuffer.allocate(200_000).limit(0);
    final ByteBuffer toClient = ByteBuffer.allocate(200_000).limit(0);
    final ByteBuffer atServer = ByteBuffer.allocate(100_000);
    final ByteBuffer atClient = ByteBuffer.allocate(100_000);

    EnginePair(String version) {
        client = new TlsEngine(TlsPair.only(Certificates.client(), version).clientEngine("localhost", 1));
        server = new TlsEngine(Certificates.server().serverEngine());
    }

    /** A fresh pair, after the handshake. */
    static EnginePair open(String version) throws Exception {
        EnginePair pair = new EnginePair(version);
        pair.client.start().call();
        pair.server.start().call();
        pair.settle();
        return pair;
    }

    /** Lets both talk until neither has anything to say. */
    void settle() throws Exception {
        boolean moved = true;
        while (moved) {
            moved = talk(client, toServer, toClient, atClient) | talk(server, toClient, toServer, atServer);
        }
    }

    private static boolean talk(TlsEngine engine, ByteBuffer out, ByteBuffer in, ByteBuffer plain) throws Exception {
        int before = out.remaining();
        send(engine, TlsEngine.NOTHING, out);
        boolean moved = out.remaining() != before;
        while (engine.state().canUnwrap() && in.hasRemaining()) {
            int left = in.remaining();
            TlsStep step = engine.unwrap(in, plain);
            if (step == TlsStep.TASK) {
                run(engine.task());
            } else if (step == TlsStep.OUTPUT) {
                send(engine, TlsEngine.NOTHING, out);
            } else if (step != TlsStep.OPENED && in.remaining() == left) {
                break;
            }
            moved = true;
        }
        return moved;
    }

    /** Wraps all, running what has to be run. */
    static TlsStep send(TlsEngine engine, ByteBuffer plain, ByteBuffer out) throws Exception {
        out.compact();
        try {
            TlsStep step;
            do {
                step = engine.wrap(plain, out);
                if (step == TlsStep.TASK) {
                    run(engine.task());
                }
            } while (step == TlsStep.OPENED || step == TlsStep.TASK);
            return step;
        } finally {
            out.flip();
        }
    }

    static void run(Callable<Boolean> task) throws Exception {
        task.call();
    }
}
