package dev.matryoshka.engine;

import dev.matryoshka.kernel.KernelProvider;
import dev.matryoshka.kernel.epoll.EpollProvider;
import dev.matryoshka.kernel.nio.NioProvider;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the kernel: the only class that knows which there are. Deliberately not pluggable; there is one best kernel per
 * system, and NIO for all others. Any thread.
 */
public final class Kernels {
    private static final System.Logger LOG = System.getLogger("dev.matryoshka.loop");
    private static final AtomicBoolean FALLBACK_TOLD = new AtomicBoolean();

    private Kernels() {}

    /**
     * A kernel and why it was taken.
     *
     * @param provider opens it
     * @param reason for people, one line
     */
    public record Choice(KernelProvider provider, String reason) {}

    /**
     * Finds the kernel for a name.
     *
     * @param wanted {@code auto}, {@code epoll} or {@code nio}
     * @throws IOException it cannot be had here; the message says why and what to try
     * @throws IllegalArgumentException no kernel has that name
     */
    public static Choice choose(String wanted) throws IOException {
        return switch (wanted) {
            case "auto" -> best();
            case "epoll" -> epoll();
            case "nio" -> new Choice(new NioProvider(), "asked for");
            default -> throw new IllegalArgumentException("unknown kernel '" + wanted + "': use auto, epoll or nio");
        };
    }

    private static Choice epoll() throws IOException {
        String problem = EpollProvider.whyUnavailable();
        if (problem != null) {
            throw new IOException("the epoll kernel cannot be had here: " + problem);
        }
        return new Choice(new EpollProvider(), "asked for");
    }

    private static Choice best() {
        @Nullable String problem = EpollProvider.whyUnavailable();
        if (problem == null) {
            return new Choice(new EpollProvider(), "the fastest that works here");
        }
        if (FALLBACK_TOLD.compareAndSet(false, true)) {
            LOG.log(Level.INFO, "event loops use the nio kernel: " + problem);
        }
        return new Choice(new NioProvider(), "epoll cannot be had here: " + problem);
    }
}
