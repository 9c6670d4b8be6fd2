package dev.matryoshka.benchmarks.bench;

import dev.matryoshka.benchmarks.Main;
import dev.matryoshka.benchmarks.Mode;
import dev.matryoshka.benchmarks.bench.Serving.Transport;
import dev.matryoshka.benchmarks.peer.Peer;
import dev.matryoshka.cli.CommandFailure;
import dev.matryoshka.cli.JavaCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Those that we compare with. What one of them needs may be missing here; that is said, and the others go on. */
final class Peers {
    /** The limit, and therefore the baseline. */
    static final String C = "c";

    private static final String ASYNCIO = "asyncio";
    private static final String UVLOOP = "uvloop";

    /** What shows how such a server is written, and nothing else. */
    private static final Set<String> ECHO_ONLY = Set.of(Peer.NIO_SELECTOR.toString(), Peer.VIRTUAL_THREADS.toString());

    private final Workshop workshop;

    /** @param workshop what is built is built there */
    Peers(Workshop workshop) {
        this.workshop = workshop;
    }

    /** In the order of the report. */
    static List<String> names() {
        return Stream.concat(Stream.of(Peer.values()).map(Peer::toString).sorted(), Stream.of(ASYNCIO, UVLOOP, C))
                .toList();
    }

    /** What a run has when nobody says. */
    static List<String> standard() {
        return List.of(Peer.NETTY_EPOLL.toString(), C);
    }

    /**
     * Makes one ready.
     *
     * @param name one of {@link #names}
     * @throws CommandFailure what it needs is missing, or does not work
     */
    Contestant prepare(String name) throws CommandFailure, InterruptedException, IOException {
        return switch (name) {
            case C -> c(workshop.compileC());
            case ASYNCIO -> python(name, Python.find(), workshop.pythonServer());
            case UVLOOP -> python(name, Python.findWith(UVLOOP), workshop.pythonServer());
            default -> new Contestant(name, (serving, here) -> jvm(name, serving, here));
        };
    }

    private static @Nullable List<String> jvm(String name, Serving serving, Workshop here) {
        if (ECHO_ONLY.contains(name) && !serving.equals(Serving.ECHO)) {
            return null;
        }
        return JavaCommand.of(Main.class, arguments(List.of("peer", name, "--until-eof"), serving, here));
    }

    private static Contestant c(String binary) {
        return new Contestant(C, (serving, here) -> command(List.of(binary), serving, here));
    }

    private static @Nullable List<String> command(List<String> start, Serving serving, Workshop here) {
        if (serving.mode() == Mode.UDP) {
            return Stream.concat(start.stream(), Stream.of("--udp")).toList();
        }
        return serving.over(Transport.TLS) ? null : arguments(start, serving, here);
    }

    private static Contestant python(String name, String interpreter, String program) {
        List<String> start = List.of(interpreter, program, "--loop", name);
        return new Contestant(name, (serving, here) -> arguments(start, serving, here));
    }

    private static List<String> arguments(List<String> start, Serving serving, Workshop here) {
        List<String> command = new ArrayList<>(start);
        if (serving.mode() != Mode.ECHO) {
            command.addAll(List.of("--mode", serving.mode().toString()));
        }
        command.addAll(here.transportArguments(serving));
        return command;
    }
}
