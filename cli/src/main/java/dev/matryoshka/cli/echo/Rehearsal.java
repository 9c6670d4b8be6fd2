package dev.matryoshka.cli.echo;

import dev.matryoshka.EventLoop;
import dev.matryoshka.cli.serve.Drainable;
import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.loop.LoopClosedException;
import dev.matryoshka.loop.LoopOptions;
import java.io.IOException;
import java.time.Duration;

/**
 * A second in which a server of the same kind echoes to clients of this process, before the real one serves.
 *
 * <p>Why: the JIT compiles the way of a message by what it has seen, and takes what it has not seen for impossible: a connection that
 * ends or breaks, a hundred ready at once. When that comes the code is thrown away and compiled again, and the outermost frames of the
 * first few hundred tasks are interpreted for as long as these live. Here it has been seen before the first client comes; figures
 * in docs/design/0025-jvm-options.md.
 *
 * <p>Behind it the garbage is collected: what the loop touches for each message was made while classes were loaded, each piece on
 * a page of its own among what they left. Afterwards it lies side by side.
 *
 * <p>It has a loop, a port and descriptors of its own, over loopback and without TLS, and leaves nothing but what the JIT has learnt.
 * Where it cannot be held, for want of descriptors or of a loopback, the server is as good, and only slower at first.
 */
public final class Rehearsal {
    /** From here on the audience begins nothing more. */
    private static final Duration LENGTH = Duration.ofSeconds(1);

    /** So much longer for an audience that waits for what does not come. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private Rehearsal() {}

    /**
     * Holds it: parks the calling thread for a second, two at most, and collects the garbage of the whole JVM.
     *
     * @param kernel who polls, as {@link LoopOptions#withKernel}
     */
    public static void hold(Doll api, boolean lines, String kernel) {
        hold(api, lines, kernel, LENGTH);
        System.gc();
    }

    /** As {@link #hold(Doll, boolean, String)}, of another length. */
    static void hold(Doll api, boolean lines, String kernel, Duration length) {
        EchoOptions options = new EchoOptions(Endpoint.tcp("127.0.0.1", 0), null, lines, complaint -> {});
        LoopOptions loopOptions = LoopOptions.defaults()
                .withName("rehearsal")
                .withKernel(kernel)
                .withSlowCallback(length.plus(PATIENCE)); // the first ones load classes, which is no news
        try (EventLoop loop = EventLoop.open(loopOptions)) {
            loop.setExceptionHandler((where, failure) -> {}); // it comes with real clients, too, and is told then
            Drainable server = api.start(loop, options);
            Audience audience = new Audience(server.address(), length);
            Thread.ofPlatform().daemon().name("audience").start(() -> {
                audience.attend();
                leave(loop);
            });
            loop.callLater(length.plus(PATIENCE), loop::stop);
            loop.runForever();
            server.close();
            server.abortClients();
        } catch (IOException | RuntimeException cannot) {
            // Who serves in earnest meets the same, and tells; but for a want of descriptors, which may be enough for
            // him.
        }
    }

    private static void leave(EventLoop loop) {
        try {
            loop.callSoonThreadsafe(loop::stop);
        } catch (LoopClosedException closed) {
            // its patience was over
        }
    }
}
