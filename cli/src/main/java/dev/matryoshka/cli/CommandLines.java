package dev.matryoshka.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.StringJoiner;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How a command line of this project behaves: one line for a failure, enums by their words. The bench is another one. */
public final class CommandLines {
    private CommandLines() {}

    /** A command line that answers to one writer and complains to the other. Types of its own may be registered. */
    public static CommandLine of(RootOptions root, PrintWriter out, PrintWriter err) {
        Failures failures = new Failures(root);
        return new CommandLine(root)
                .setOut(out)
                .setErr(err)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures)
                .setExecutionStrategy(root::execute);
    }

    /** Runs it on the calling thread and returns its exit code. */
    public static int run(CommandLine command, String... args) {
        int exitCode = command.execute(args);
        command.getOut().flush();
        command.getErr().flush();
        return exitCode;
    }

    /** Enums by the words that help and contract use, and messages in the same words. */
    public static <E extends Enum<E>> ITypeConverter<E> word(Class<E> type) {
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

    /** A stream of this process as a writer that flushes with each line. */
    public static PrintWriter writer(PrintStream stream) {
        Charset charset = stream.charset();
        return new PrintWriter(stream, true, charset);
    }
}
