package dev.matryoshka.support;

import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.kernel.faulty.Fault;
import dev.matryoshka.kernel.faulty.Faults;
import dev.matryoshka.kernel.faulty.FaultyKernel;
import dev.matryoshka.kernel.memory.MemoryNetwork;
import dev.matryoshka.kernel.nio.NioProvider;
import java.util.stream.Stream;

/**
 * What a suite runs over, one after another: every kernel in fair weather, with one byte in each call, and clogged (short and
 * refused sends, late and spurious events, tiny windows). All must show the same behaviour.
 */
public enum Net {
    EPOLL,
    NIO,
    MEMORY,
    EPOLL_ONE_BYTE,
    NIO_ONE_BYTE,
    MEMORY_ONE_BYTE,
    EPOLL_CLOGGED,
    NIO_CLOGGED,
    MEMORY_CLOGGED;

    private static final int TINY_WINDOW_BYTES = 500;

    /** Those without injected faults, for tests that count on what one call does. */
    public static Stream<Net> fair() {
        return Stream.of(EPOLL, NIO, MEMORY);
    }

    /** Those that move many bytes in a pass. */
    public static Stream<Net> swift() {
        return Stream.of(values())
                .filter(net -> net != EPOLL_ONE_BYTE && net != NIO_ONE_BYTE && net != MEMORY_ONE_BYTE);
    }

    /** Those on real sockets. */
    public static Stream<Net> real() {
        return Stream.of(EPOLL, NIO);
    }

    public boolean isMemory() {
        return this == MEMORY || this == MEMORY_ONE_BYTE || this == MEMORY_CLOGGED;
    }

    /** Bytes that take a while on this net, and not for ever. */
    public int amount() {
        return switch (this) {
            case EPOLL, NIO, MEMORY -> 6_000_000;
            case EPOLL_ONE_BYTE, NIO_ONE_BYTE, MEMORY_ONE_BYTE -> 300;
            case EPOLL_CLOGGED, NIO_CLOGGED, MEMORY_CLOGGED -> 100_000;
        };
    }

    /** A fresh one; in memory also a fresh network with a clock of its own. */
    public KernelProvider provider() {
        return switch (this) {
            case EPOLL -> new EpollProvider();
            case NIO -> new NioProvider();
            case MEMORY -> new MemoryNetwork();
            case EPOLL_ONE_BYTE -> FaultyKernel.provider(new EpollProvider(), Faults.oneByteAtATime());
            case NIO_ONE_BYTE -> FaultyKernel.provider(new NioProvider(), Faults.oneByteAtATime());
            case MEMORY_ONE_BYTE -> FaultyKernel.provider(new MemoryNetwork(), Faults.oneByteAtATime());
            case EPOLL_CLOGGED -> FaultyKernel.provider(new EpollProvider(), clogged());
            case NIO_CLOGGED -> FaultyKernel.provider(new NioProvider(), clogged());
            case MEMORY_CLOGGED ->
                FaultyKernel.provider(new MemoryNetwork().windows(TINY_WINDOW_BYTES, TINY_WINDOW_BYTES), clogged());
        };
    }

    private static Faults clogged() {
        return Faults.seeded(20261124)
                .sendAtMost(1000)
                .percent(Fault.SEND_SHORT, 30)
                .percent(Fault.SEND_WOULD_BLOCK, 30)
                .percent(Fault.RECV_SHORT, 20)
                .percent(Fault.RECV_WOULD_BLOCK, 20)
                .percent(Fault.SPURIOUS_EVENT, 20);
    }
}
