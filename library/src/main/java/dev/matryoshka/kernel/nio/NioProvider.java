package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.ResourceExhaustedException;
import java.io.IOException;

/**
 * Opens kernels on java.nio, everywhere and always. Any thread.
 *
 * <p>It is what a loop takes where nothing better is allowed or known; so it asks for nothing that could be missing.
 */
public final class NioProvider implements KernelProvider {
    static final String NAME = "nio";

    @Override
    public String name() {
        return NAME;
    }

    /** @throws ResourceExhaustedException no descriptor left: a selector takes two on Linux */
    @Override
    public Kernel open() throws IOException {
        try {
            return new NioKernel();
        } catch (IOException failed) {
            IOException translated = NioError.translate(failed, NioError.Call.OPEN, "a selector");
            if (translated instanceof ResourceExhaustedException) {
                throw new ResourceExhaustedException(
                        translated.getMessage() + "; raise the limit of this process with `ulimit -n`");
            }
            throw translated;
        }
    }
}
