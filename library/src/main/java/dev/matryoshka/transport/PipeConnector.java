package dev.matryoshka.transport;

import dev.matryoshka.engine.LoopEngine;
import dev.matryoshka.engine.PipeHandover;
import dev.matryoshka.kernel.NonBlockingIo;
import dev.matryoshka.kernel.PipeMode;
import java.io.IOException;

/** Tells the engine how the pipe of a child becomes a transport; see {@link PipeHandover}. */
final class PipeConnector {
    static {
        PipeHandover.grant(PipeConnector::connect);
    }

    private PipeConnector() {}

    private static Object connect(LoopEngine engine, NonBlockingIo end, PipeMode mode, Object protocol)
            throws IOException {
        PipeTransport transport = new PipeTransport(engine, end, mode, (BaseProtocol) protocol, WaterMarks.DEFAULT);
        boolean ignored = transport.begin();
        return transport;
    }
}
