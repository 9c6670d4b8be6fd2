package dev.matryoshka.kernel.memory;

import dev.matryoshka.kernel.Parcel;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A connection between two kernels of one network. Whoever takes it first owns it. */
final class MemoryParcel implements Parcel {
    private final MemoryNetwork network;
    private final AtomicReference<@Nullable SocketCore> core;

    MemoryParcel(MemoryNetwork network, SocketCore core) {
        this.network = network;
        this.core = new AtomicReference<>(core);
    }

    boolean isOf(MemoryNetwork other) {
        return network == other;
    }

    /** @throws IllegalArgumentException it was delivered or closed before */
    SocketCore take() {
        SocketCore taken = core.getAndSet(null);
        if (taken == null) {
            throw new IllegalArgumentException("this socket was delivered or closed already");
        }
        return taken;
    }

    @Override
    public void close() {
        SocketCore taken = core.getAndSet(null);
        if (taken != null) {
            try (var _ = network.lock().hold()) {
                taken.close();
            }
        }
    }

    @Override
    public String toString() {
        return "MemoryParcel[" + core + "]";
    }
}
