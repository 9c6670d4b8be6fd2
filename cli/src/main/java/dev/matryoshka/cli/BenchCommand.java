package dev.matryoshka.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/**
 * {@code bench}: in the help, and where it is found. It is a jar of its own, because its charts and its peers are larger than
 * all of this one; {@code ./matryoshka bench} builds and runs that.
 */
@Command(
        name = "bench",
        description = "Measure the dolls beside their peers on this machine: ./matryoshka bench --help.")
final class BenchCommand implements Callable<Integer> {
    @Unmatched
    @SuppressWarnings("unused") // whatever is asked of it, it is not here
    private final List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws CommandFailure {
        throw new CommandFailure(
                "is in the jar of the benchmarks: run ./matryoshka bench, or build it with 'mvn -pl benchmarks -am"
                        + " package' and run java -jar benchmarks/target/matryoshka-benchmarks.jar bench");
    }
}
