package dev.matryoshka.benchmarks.load;

import java.io.IOException;

/** Closed loop against a server that answers in two writes: shows what waits for an acknowledgement, and what is sent twice. */
final class TwoWriteLoad implements Load {
    @Override
    public LoadResult run(LoadRequest request) throws IOException {
        return EchoLoad.closedLoop(request, Talk.twoWrite());
    }
}
