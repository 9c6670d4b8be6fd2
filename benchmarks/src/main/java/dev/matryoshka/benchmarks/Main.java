package dev.matryoshka.benchmarks;

import dev.matryoshka.benchmarks.peer.Peer;
import dev.matryoshka.benchmarks.server.Api;
import dev.matryoshka.cli.CommandLines;
import java.io.PrintWriter;
import java.util.Arrays;
import picocli.CommandLine;

/**
 * Where the benchmarks begin. Exit codes: 0 done, 1 failed, 2 not understood.
 *
 * <p>The dolls are served by the command line of the users, which is in this jar too: {@code echo} is passed on to it.
 */
public final class Main {
    private static final String ECHO = "echo";

    private Main() {}

    /** Runs a command and ends the JVM with its exit code. */
    public static void main(String... args) {
        PrintWriter out = CommandLines.writer(System.out);
        PrintWriter err = CommandLines.writer(System.err);
        boolean echo = Arrays.asList(args).indexOf(ECHO) == 0;
        System.exit(echo ? dev.matryoshka.cli.Main.run(out, err, args) : run(out, err, args));
    }

    /** Runs a command on the calling thread and returns its exit code. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine command = CommandLines.of(new RootCommand(), out, err)
                .registerConverter(Peer.class, CommandLines.word(Peer.class))
                .registerConverter(Api.class, CommandLines.word(Api.class))
                .registerConverter(Mode.class, CommandLines.word(Mode.class));
        return CommandLines.run(command, args);
    }
}
