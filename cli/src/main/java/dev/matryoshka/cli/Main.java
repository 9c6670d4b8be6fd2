package dev.matryoshka.cli;

import dev.matryoshka.cli.bench.Peer;
import dev.matryoshka.cli.echo.Doll;
import dev.matryoshka.layer.ProxyHeader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.StringJoiner;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
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
        int exitCode = run(writer(System.out), writer(System.err), args);
        System.exit(exitCode);
    }

    /** Runs a command on the calling thread and returns its exit code. */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        RootCommand root = new RootCommand();
        Failures failures = new Failures(root);
        int exitCode = new CommandLine(root)
                .setOut(out)
                .setErr(err)
                .registerConverter(Doll.class, word(Doll.class))
                .registerConverter(KernelName.class, word(KernelName.class))
                .registerConverter(Peer.class, word(Peer.class))
                .registerConverter(ProxyHeader.Version.class, Main::version)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures)
                .setExecutionStrategy(root::execute)
                .execute(args);
        out.flush();
        err.flush();
        return exitCode;
    }

    /** Enums by the words that help and contract use, and messages in the same words. */
    private static <E extends Enum<E>> ITypeConverter<E> word(Class<E> type) {
        return text -> {
            StringJoiner words = new StringJoiner(", ");
            for (E constant : type.getEnumConstants()) {
                if (constant.toString().equals(text)) {
                    return constant;
                }
                words.add(constant.toString());
            }
            throw new TypeConversionException("'" + text + "' is not one of " + words);
        };
    }

    private static ProxyHeader.Version version(String text) {
        return switch (text) {
            case "v1" -> ProxyHeader.Version.V1;
            case "v2" -> ProxyHeader.Version.V2;
            default -> throw new TypeConversionException("'" + text + "' is not one of v1, v2");
        };
    }

    private static PrintWriter writer(PrintStream stream) {
        Charset charset = stream.charset();
        return new PrintWriter(stream, true, charset);
    }
}
