package dev.matryoshka.cli.inspect;

import dev.matryoshka.cli.CommandFailure;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code pstree}: a running JVM's loops as a tree (Python: {@code asyncio pstree}). */
@Command(
        name = "pstree",
        description = {
            "Show the event loops of a running JVM as a tree: below each task those that it waits for.",
            "That JVM has to belong to the same user. It loads a small agent for this, and says so on its standard"
                    + " error."
        })
public final class PstreeCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PID", description = "The process to look into.")
    private long pid;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws CommandFailure {
        spec.commandLine().getOut().print(Inspection.ask(pid, "pstree"));
        return 0;
    }
}
