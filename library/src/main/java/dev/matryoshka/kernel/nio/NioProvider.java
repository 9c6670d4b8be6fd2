package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import java.io.IOException;

/** Opens NIO kernels: they work everywhere, without any JVM option. Any thread. */
public final class NioProvider implements KernelProvider {
    static final String NAME = "nio";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Kernel open() throws IOException {
        return new NioKernel();
    }
}
