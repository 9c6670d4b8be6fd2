package dev.matryoshka.contract;

import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.kernel.nio.NioProvider;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * One column of the contract: a kernel, and why it cannot be tested here, if so. A case that is unavailable is listed all the same,
 * and each of its tests is shown as skipped, with the reason.
 *
 * @param name as the tests show it
 * @param levelTriggered whether it obeys the interest and reports again what was not collected
 * @param whyNot null when it can be tested
 * @param providers a new one for each test: on a network in memory all kernels of one provider can reach each other
 */
record KernelCase(String name, boolean levelTriggered, String whyNot, Supplier<KernelProvider> providers) {
    static Stream<KernelCase> all() {
        return Stream.of(
                new KernelCase("nio", true, null, NioProvider::new),
                new KernelCase("epoll", false, EpollProvider.whyUnavailable(), EpollProvider::new),
                new KernelCase("memory", false, null, MemoryNetwork::new),
                new KernelCase("memory, real time", false, null, () -> new MemoryNetwork(System::nanoTime)));
    }

    boolean isMemory() {
        return name.startsWith("memory");
    }

    @Override
    public String toString() {
        return name;
    }
}
