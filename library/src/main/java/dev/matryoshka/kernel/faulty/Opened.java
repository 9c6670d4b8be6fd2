package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.Kernel;
import dev.matryoshka.kernel.KernelProvider;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A provider of wrapped kernels that remembers them, so that a test can ask them when its loops are over. Any thread.
 *
 * @param <K> the wrapper
 */
public final class Opened<K extends Kernel> implements KernelProvider {
    /** Makes a wrapper. */
    @FunctionalInterface
    interface Wrapper<K extends Kernel> {
        /** @param number how many were opened before */
        K wrap(Kernel kernel, int number);
    }

    private final KernelProvider provider;
    private final Wrapper<K> wrapper;
    private final List<K> kernels = new CopyOnWriteArrayList<>();
    private final AtomicInteger count = new AtomicInteger();

    Opened(KernelProvider provider, Wrapper<K> wrapper) {
        this.provider = provider;
        this.wrapper = wrapper;
    }

    /** All that were opened, closed ones too, in order. */
    public List<K> kernels() {
        return List.copyOf(kernels);
    }

    /** The name of the kernels inside: wrapping does not change what runs. */
    @Override
    public String name() {
        return provider.name();
    }

    @Override
    public K open() throws IOException {
        K kernel = wrapper.wrap(provider.open(), count.getAndIncrement());
        kernels.add(kernel);
        return kernel;
    }
}
