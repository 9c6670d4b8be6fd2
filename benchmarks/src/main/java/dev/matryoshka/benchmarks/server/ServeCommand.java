package dev.matryoshka.benchmarks.server;

import dev.matryoshka.EventLoop;
import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.cli.CommandFailure;
import dev.matryoshka.cli.Failures;
import dev.matryoshka.cli.ListenOptions;
import dev.matryoshka.loop.LoopOptions;
import dev.matryoshka.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serve}: a server of ours for what {@code echo} does not do. It does not drain: its peers are measured, not served. */
@Command(
        name = "serve",
        hidden = true,
        description = "Run a server of one of the dolls, for the workloads that are no echo.")
public final class ServeCommand implements Callable<Integer> {
    /** Connections that the kernel keeps until they are accepted. */
    static final int BACKLOG = 4096;

    @Option(names = "--api", required = true, paramLabel = "NAME", description = "${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // required
    private Api api;

    @Option(names = "--mode", required = true, paramLabel = "NAME", description = "${COMPLETION-CANDIDATES}.")
    @SuppressWarnings("NullAway.Init") // required
    private Mode mode;

    @Option(names = "--kernel", defaultValue = "auto", paramLabel = "NAME", description = "auto, nio, epoll.")
    private String kernel = "auto";

    @Mixin
    private final ListenOptions listen = new ListenOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        listen.check(spec);
        try (EventLoop loop = EventLoop.open(LoopOptions.defaults().withKernel(kernel))) {
            Task<InetSocketAddress> starting = loop.createTask("start", () ->
                    (InetSocketAddress) api.start(loop, mode, new InetSocketAddress(listen.host(), listen.port())));
            ListenOptions.announce(spec, listen.host() + ":" + port(loop, starting));
            listen.onParentGone(() -> loop.callSoonThreadsafe(loop::stop));
            loop.runForever();
        }
        return 0;
    }

    private int port(EventLoop loop, Task<InetSocketAddress> starting) throws Exception {
        try {
            return loop.runUntilComplete(starting).getPort();
        } catch (IOException | UnsupportedOperationException failed) {
            throw new CommandFailure(
                    "cannot listen on " + listen.host() + ":" + listen.port() + ": " + Failures.describe(failed),
                    failed);
        }
    }
}
