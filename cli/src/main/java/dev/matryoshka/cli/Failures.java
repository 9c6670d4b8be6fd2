package dev.matryoshka.cli;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Tells failures in one line, and which exit code they mean. */
public final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final RootOptions root;

    Failures(RootOptions root) {
        this.root = root;
    }

    @Override
    public int handleParseException(ParameterException misuse, String[] args) {
        CommandLine command = misuse.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        command.getErr().println(name + ": " + oneLine(misuse.getMessage()) + " (try " + name + " --help)");
        return ExitCode.USAGE;
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        err.println(command.getCommandSpec().qualifiedName() + ": " + describe(failure));
        if (root.debug()) {
            failure.printStackTrace(err);
        }
        return ExitCode.SOFTWARE;
    }

    /** What happened, for a person: wrappers say nothing, and a message without its type often not enough. */
    public static String describe(Throwable failure) {
        Throwable told = failure;
        while (told.getCause() != null && isWrapper(told)) {
            told = told.getCause();
        }
        String message = told.getMessage();
        if (told instanceof CommandFailure || told instanceof IllegalStateException) {
            return oneLine(message);
        }
        String type = told.getClass().getSimpleName();
        return message == null || message.isBlank() ? type : type + ": " + oneLine(message);
    }

    private static boolean isWrapper(Throwable thrown) {
        return thrown instanceof UncheckedIOException || thrown instanceof ExecutionException;
    }

    private static String oneLine(@Nullable String message) {
        return message == null ? "" : message.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
