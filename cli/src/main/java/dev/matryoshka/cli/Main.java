package dev.matryoshka.cli;

import dev.matryoshka.cli.echo.Doll;
import dev.matryoshka.layer.ProxyHeader;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/**
 * Where the command line begins. Exit codes: 0 done, 1 failed, 2 not understood.
 *
 * <p>Why the exit is made here and not by the commands: they are run in-process by tests.
 */
public final class Main {
    private Main() {}

    /** Runs a command and ends the JVM with its exit code. */
    public static void main(String... args) {
        int exitCode = run(CommandLines.writer(System.out), CommandLines.writer(System.err), args);
        System.exit(exitCode);
    }

    /** Runs a command on the calling thread and returns its exit code. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        CommandLine command = CommandLines.of(new RootCommand(), out, err)
                .registerConverter(Doll.class, CommandLines.word(Doll.class))
                .registerConverter(KernelName.class, CommandLines.word(KernelName.class))
                .registerConverter(ProxyHeader.Version.class, Main::version);
        return CommandLines.run(command, args);
    }

    private static ProxyHeader.Version version(String text) {
        return switch (text) {
            case "v1" -> ProxyHeader.Version.V1;
            case "v2" -> ProxyHeader.Version.V2;
            default -> throw new TypeConversionException("'" + text + "' is not one of v1, v2");
        };
    }
}
