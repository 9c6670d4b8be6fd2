package dev.matryoshka.kernel.nio;

import dev.matryoshka.kernel.SystemCalls;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One channel that can be exchanged for one of the other kind, together with its options. Loop thread only. Throws what the JDK
 * throws; {@link NioSocket} translates.
 *
 * <p>The system has one kind of stream socket, the JDK two: one listens, the other connects, and neither turns into the other. So
 * everything begins as a SocketChannel, which can be bound, and {@link #becomeListener} exchanges it: it closes the bound channel
 * and binds a ServerSocketChannel to the same address. For an instant the port is nobody's; a listener that loses it to somebody
 * else fails with BindException. A Unix socket is not exchanged late, because its file would be another one then (other inode, other
 * permissions): it becomes a listener when it is bound.
 *
 * <p>A ServerSocketChannel takes few options, though the system would take them all and give them to every connection that it
 * accepts (TCP_NODELAY, buffer sizes). What it cannot take is kept here, and given to each connection by hand, at the cost of a
 * system call per option.
 */
final class NioChannel {
    private final SystemCalls calls;
    private final StandardProtocolFamily family;

    /** Null when {@link #listener} took its place; one of the two is always there. */
    private @Nullable SocketChannel stream;

    private @Nullable ServerSocketChannel listener;

    /** What any stream of this family can be told. */
    private final Set<SocketOption<?>> streamOptions;

    /** What was set before it was known what this becomes; of a listener, what its connections have to be given by hand. */
    private final Map<SocketOption<?>, Object> kept = new LinkedHashMap<>();

    /** @throws UnsupportedOperationException no sockets of that family here */
    NioChannel(SystemCalls calls, StandardProtocolFamily family) throws IOException {
        this.calls = calls;
        this.family = family;
        SocketChannel opened = openStream();
        this.stream = opened;
        this.streamOptions = opened.supportedOptions();
    }

    /** @param accepted owned from now on; made non-blocking here */
    NioChannel(SystemCalls calls, StandardProtocolFamily family, SocketChannel accepted) throws IOException {
        this.calls = calls;
        this.family = family;
        this.stream = accepted;
        this.streamOptions = accepted.supportedOptions();
        SelectableChannel ignored = accepted.configureBlocking(false);
    }

    private SocketChannel openStream() throws IOException {
        calls.open++;
        SocketChannel opened = SocketChannel.open(family);
        SelectableChannel ignored = opened.configureBlocking(false);
        return opened;
    }

    // ---- what it is -----------------------------------------------------------------------------------------------

    boolean isListener() {
        return listener != null;
    }

    /** For the selector. */
    SelectableChannel current() {
        return listener != null ? listener : stream();
    }

    /** Only while this is no listener. */
    SocketChannel stream() {
        return Objects.requireNonNull(stream);
    }

    /** @return null when not bound or closed */
    @Nullable
    SocketAddress localAddress() {
        try {
            return listener != null ? listener.getLocalAddress() : stream().getLocalAddress();
        } catch (IOException closed) {
            return null;
        }
    }

    // ---- exchanges ------------------------------------------------------------------------------------------------

    /** @param local where the stream is bound; null for any port of the wildcard */
    void becomeListener(@Nullable SocketAddress local, int backlog) throws IOException {
        calls.open++;
        ServerSocketChannel opened = ServerSocketChannel.open(family);
        try {
            SelectableChannel ignored = opened.configureBlocking(false);
            giveOptions(opened);
            if (localAddress() != null) {
                close(stream()); // the address can be had only once
            }
            ServerSocketChannel same = opened.bind(local, backlog);
        } catch (IOException | RuntimeException failed) {
            close(opened);
            throw failed;
        }
        close(stream());
        stream = null;
        listener = opened;
        kept.keySet().removeAll(opened.supportedOptions());
    }

    /** The stream; of a listener that turns out not to be one, a new stream with its address. */
    SocketChannel becomeStream() throws IOException {
        if (stream != null) {
            return stream;
        }
        SocketAddress local = localAddress();
        SocketChannel opened = openStream();
        close(current());
        listener = null;
        stream = opened;
        giveOptions(opened);
        if (local instanceof UnixDomainSocketAddress file) {
            boolean ignored = Files.deleteIfExists(file.getPath());
        }
        SocketChannel same = opened.bind(local);
        return opened;
    }

    /** Takes a connection, in blocking mode still; null when there is none. Only of a listener. */
    @Nullable
    SocketChannel accept() throws IOException {
        calls.accept++;
        return Objects.requireNonNull(listener).accept();
    }

    // ---- options --------------------------------------------------------------------------------------------------

    /** @throws UnsupportedOperationException neither for this channel nor for the connections that it accepts */
    <T> void setOption(SocketOption<T> option, T value) throws IOException {
        if (listener == null) {
            SocketChannel ignored = stream().setOption(option, value);
            kept.put(option, value);
        } else if (listener.supportedOptions().contains(option)) {
            ServerSocketChannel ignored = listener.setOption(option, value);
        } else if (streamOptions.contains(option)) {
            kept.put(option, value);
        } else {
            throw new UnsupportedOperationException(option.name() + " on a " + family + " listener");
        }
    }

    /** @throws UnsupportedOperationException as {@link #setOption}; also when a listener only keeps it and it was never set */
    <T> T getOption(SocketOption<T> option) throws IOException {
        if (listener == null) {
            return stream().getOption(option);
        }
        if (listener.supportedOptions().contains(option)) {
            return listener.getOption(option);
        }
        Object value = kept.get(option);
        if (value == null) {
            throw new UnsupportedOperationException(option.name() + " on a " + family + " listener");
        }
        return option.type().cast(value);
    }

    /** What was kept, as far as the other channel can take it. */
    void giveOptions(NetworkChannel other) throws IOException {
        for (Map.Entry<SocketOption<?>, Object> entry : kept.entrySet()) {
            if (other.supportedOptions().contains(entry.getKey())) {
                set(other, entry.getKey(), entry.getValue());
            }
        }
    }

    private static <T> void set(NetworkChannel channel, SocketOption<T> option, Object value) throws IOException {
        NetworkChannel ignored = channel.setOption(option, option.type().cast(value));
    }

    // ---- the end --------------------------------------------------------------------------------------------------

    /** Idempotent. The descriptor goes at once, unless a selector holds it. */
    void close() {
        close(current());
    }

    /** Closes a channel and counts it; one that never was of this socket, too. */
    void close(SelectableChannel channel) {
        if (channel.isOpen()) {
            calls.close++;
        }
        try {
            channel.close();
        } catch (IOException failed) {
            // close(2): the descriptor is gone whatever it answers, and nobody could do anything about it
        }
    }
}
