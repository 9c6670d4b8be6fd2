package dev.matryoshka.cli.inspect;

import dev.matryoshka.cli.CommandFailure;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ps}: a running JVM's loops as a table (Python: {@code asyncio ps}). */
@Command(
        name = "ps",
        description = {
            "Show the event loops of a running JVM as a table: loops, their tasks and what each waits for, servers,"
                    + " connections.",
            "That JVM has to belong to the same user. It loads a small agent for this, and says so on its standard"
                    + " error."
        })
public final class PsCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PID", description = "The process to look into.")
    private long pid;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws CommandFailure {
        spec.commandLine().getOut().print(Inspection.ask(pid, "ps"));
        return 0;
    }
}
