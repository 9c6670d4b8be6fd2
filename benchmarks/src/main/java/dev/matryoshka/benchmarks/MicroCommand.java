package dev.matryoshka.benchmarks;

import dev.matryoshka.benchmarks.micro.Micro;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** {@code micro}: JMH, with its own arguments. */
@Command(
        name = "micro",
        description =
                "Measure single operations of the loop, beside the JDK's and Netty's (JMH): in less than three minutes"
                        + " with --quick. Other arguments are JMH's; its own help comes with 'micro -- -h'.")
final class MicroCommand implements Callable<Integer> {
    @Unmatched
    private final List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        Micro.main(arguments.stream().filter(word -> !word.equals("--")).toArray(String[]::new));
        return 0;
    }
}
