package dev.matryoshka.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file behind a channel of the JDK.
 *
 * <p>Every call of a file channel on an interrupted thread closes the channel, and a task that was cancelled but has not heard
 * of it yet is one. So the calls are made with the interrupt put aside. An interrupt from another thread that falls into the
 * very call can still close it; the call then says {@link java.nio.channels.ClosedByInterruptException}.
 */
public final class ChannelFile implements FileSource {
    private final FileChannel channel;
    private final boolean owned;

    private ChannelFile(FileChannel channel, boolean owned) {
        this.channel = channel;
        this.owned = owned;
    }

    /** A channel of somebody else, who also closes it. */
    public static ChannelFile of(FileChannel channel) {
        return new ChannelFile(channel, false);
    }

    /** Opens a file of any file system that has file channels. May wait for the disk. */
    public static ChannelFile open(Path path) throws IOException {
        return new ChannelFile(FileChannel.open(path, StandardOpenOption.READ), true);
    }

    private interface Call {
        long make() throws IOException;
    }

    private static long uninterrupted(Call call) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            return call.make();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return (int) uninterrupted(() -> channel.read(target, position));
    }

    /**
     * Lets the JDK move bytes to another channel of its own.
     *
     * @return 1 to count; {@link NonBlockingIo#EOF} where the file has no byte; WOULD_BLOCK when the target takes none
     */
    public long transferTo(WritableByteChannel target, long position, long count) throws IOException {
        return uninterrupted(() -> {
            long moved = channel.transferTo(position, count, target);
            if (moved > 0) {
                return moved;
            }
            return position >= channel.size() ? NonBlockingIo.EOF : NonBlockingIo.WOULD_BLOCK;
        });
    }

    /** False after its owner closed it, or an interrupt did. */
    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Moves the position of the channel, as a read up to there would have done. */
    public void position(long position) throws IOException {
        long ignored = uninterrupted(() -> channel.position(position).position());
    }

    @Override
    public void close() {
        if (owned) {
            try {
                channel.close();
            } catch (IOException failed) {
                return; // of a file that was only read: there is nothing to lose
            }
        }
    }

    @Override
    public String toString() {
        return channel.toString();
    }
}
