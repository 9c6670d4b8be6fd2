package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.ChildProcess;
import dev.matryoshka.kernel.NonBlockingIo;
import java.util.function.UnaryOperator;

/** A child whose end is told late, twice, or too early: by the poller, since it has no bytes of its own. Loop thread only. */
final class FaultyChild extends ForwardingChild implements Faulty {
    private final FaultyKernel kernel;
    private final FaultyPoller.Watch watch;

    FaultyChild(FaultyKernel kernel, ChildProcess inner, UnaryOperator<NonBlockingIo> dress) {
        super(inner, dress);
        this.kernel = kernel;
        this.watch = new FaultyPoller.Watch(inner);
    }

    @Override
    public boolean isOf(FaultyPoller poller) {
        return kernel.poller() == poller;
    }

    @Override
    public FaultyPoller.Watch watch() {
        return watch;
    }
}
