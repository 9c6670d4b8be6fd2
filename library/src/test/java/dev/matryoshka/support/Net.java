package dev.matryoshka.support;

import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.kernel.nio.NioProvider;

/** What a suite runs over, one after another: every kernel must show the same behaviour. */
public enum Net {
    EPOLL,
    NIO,
    MEMORY;

    /** A fresh one; in memory also a fresh network with a clock of its own. */
    public KernelProvider provider() {
        return switch (this) {
            case EPOLL -> new EpollProvider();
            case NIO -> new NioProvider();
            case MEMORY -> new MemoryNetwork();
        };
    }
}
