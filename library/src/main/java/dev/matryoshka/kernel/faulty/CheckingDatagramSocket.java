package dev.matryoshka.kernel.faulty;

import dev.matryoshka.kernel.Chunk;
import dev.matryoshka.kernel.NonBlockingDatagramSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket that knows its rules. Loop thread only, and says so when it is not.
 *
 * <p>Rules for the caller: those of {@link CheckedLife} (but for questions that need no socket). Rules for the kernel: a datagram
 * goes whole or not at all, a received one has a sender, counts are possible, positions moved by exactly the count.
 */
final class CheckingDatagramSocket extends ForwardingDatagramSocket implements Checked {
    private final CheckedLife life;

    CheckingDatagramSocket(CheckingKernel kernel, NonBlockingDatagramSocket inner, String origin) {
        super(inner);
        this.life = new CheckedLife(kernel, inner, origin);
    }

    @Override
    public NonBlockingDatagramSocket inner() {
        return inner;
    }

    @Override
    public CheckedLife life() {
        return life;
    }

    @Override
    public void bind(SocketAddress local) throws IOException {
        try (var _ = life.use("bind " + local)) {
            inner.bind(local);
        }
    }

    @Override
    public void connect(SocketAddress remote) throws IOException {
        try (var _ = life.use("connect " + remote)) {
            inner.connect(remote);
        }
    }

    @Override
    public void disconnect() throws IOException {
        try (var _ = life.use("disconnect")) {
            inner.disconnect();
        }
    }

    // ---- datagrams ------------------------------------------------------------------------------------------------

    @Override
    public int tryRecvFrom(Chunk target, int offset, int length) throws IOException {
        try (var _ = life.use("tryRecvFrom " + length + " into a chunk at " + offset)) {
            life.checkRange(target, offset, length, 1);
            return received(inner.tryRecvFrom(target, offset, length), length);
        }
    }

    @Override
    public int tryRecvFrom(ByteBuffer target) throws IOException {
        try (var _ = life.use("tryRecvFrom into " + target)) {
            if (target.isReadOnly()) {
                throw life.misuse("receive into a read-only buffer");
            }
            int position = target.position();
            int room = target.remaining();
            int count = received(inner.tryRecvFrom(target), room);
            if (target.position() != position + Math.max(count, 0)) {
                throw life.fault("position " + position + " became " + target + " for " + count + " bytes");
            }
            return count;
        }
    }

    private int received(int count, int room) {
        if (count != WOULD_BLOCK && (count < 0 || count > room)) {
            throw life.fault("the answer " + count + " to a receive with room for " + room + ": " + inner);
        }
        if (count >= 0 && inner.sender() == null) {
            throw life.fault("a datagram from nobody: " + inner);
        }
        life.history.add("  = " + count);
        return count;
    }

    @Override
    public int trySendTo(ByteBuffer source, @Nullable SocketAddress remote) throws IOException {
        try (var _ = life.use("trySendTo " + remote + " from " + source)) {
            int position = source.position();
            int length = source.remaining();
            int count = inner.trySendTo(source, remote);
            if (count != length && count != WOULD_BLOCK) {
                throw life.fault("a part of " + count + " bytes was sent of a datagram of " + length + ": " + inner);
            }
            if (source.position() != position + Math.max(count, 0)) {
                throw life.fault("position " + position + " became " + source + " for " + count + " bytes");
            }
            life.history.add("  = " + count);
            return count;
        }
    }

    @Override
    public int trySendTo(Chunk source, int offset, int length, @Nullable SocketAddress remote) throws IOException {
        try (var _ = life.use("trySendTo " + remote + " " + length + " from a chunk at " + offset)) {
            life.checkRange(source, offset, length, 0);
            int count = inner.trySendTo(source, offset, length, remote);
            if (count != length && count != WOULD_BLOCK) {
                throw life.fault("a part of " + count + " bytes was sent of a datagram of " + length + ": " + inner);
            }
            life.history.add("  = " + count);
            return count;
        }
    }

    // ---- groups, options, ending ----------------------------------------------------------------------------------

    @Override
    public void join(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        try (var _ = life.use("join " + group)) {
            inner.join(group, on, source);
        }
    }

    @Override
    public void leave(InetAddress group, NetworkInterface on, @Nullable InetAddress source) throws IOException {
        try (var _ = life.use("leave " + group)) {
            inner.leave(group, on, source);
        }
    }

    @Override
    public @Nullable IOException takeError() {
        try (var _ = life.use("takeError")) {
            return inner.takeError();
        }
    }

    @Override
    public void setIpv6Only(boolean on) throws IOException {
        try (var _ = life.use("setIpv6Only " + on)) {
            inner.setIpv6Only(on);
        }
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        try (var _ = life.use("setOption " + option + " " + value)) {
            inner.setOption(option, value);
        }
    }

    @Override
    public <T> T getOption(SocketOption<T> option) throws IOException {
        try (var _ = life.use("getOption " + option)) {
            return inner.getOption(option);
        }
    }

    @Override
    public void close() {
        life.close(this);
    }

    @Override
    public String toString() {
        return "Checked[" + inner + "]";
    }
}
