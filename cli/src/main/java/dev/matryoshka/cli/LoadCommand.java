package dev.matryoshka.cli;

import dev.matryoshka.cli.bench.LoadGenerator;
import dev.matryoshka.cli.bench.LoadRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code load}: the load generator of {@code bench}. Reads requests line by line and answers each with one line, until its
 * input ends. One process for all of a run, so that its code is compiled when it counts.
 */
@Command(name = "load", hidden = true, description = "Load echo servers; requests come line by line on standard input.")
final class LoadCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line; (line = in.readLine()) != null; ) {
            out.println(LoadGenerator.run(LoadRequest.parse(line)).toLine());
            out.flush();
        }
        return 0;
    }
}
