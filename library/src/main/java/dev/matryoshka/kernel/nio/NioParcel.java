package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.Parcel;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A connected channel between two kernels, in no selector. Whoever takes it first owns it. */
final class NioParcel implements Parcel {
    final StandardProtocolFamily family;
    private final AtomicReference<@Nullable SocketChannel> channel;

    NioParcel(StandardProtocolFamily family, SocketChannel channel) {
        this.family = family;
        this.channel = new AtomicReference<>(channel);
    }

    /** @throws IllegalArgumentException it was delivered or closed before */
    SocketChannel take() {
        SocketChannel taken = channel.getAndSet(null);
        if (taken == null) {
            throw new IllegalArgumentException("this socket was delivered or closed already");
        }
        return taken;
    }

    @Override
    public void close() {
        SocketChannel taken = channel.getAndSet(null);
        if (taken != null) {
            try {
                taken.close();
            } catch (IOException failed) {
                // close(2): the descriptor is gone whatever it answers
                return;
            }
        }
    }

    @Override
    public String toString() {
        return "NioParcel[" + channel + "]";
    }
}
