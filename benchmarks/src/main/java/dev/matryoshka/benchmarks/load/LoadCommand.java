package dev.matryoshka.benchmarks.load;

import dev.matryoshka.cli.Failures;
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
@Command(name = "load", hidden = true, description = "Load servers; requests come line by line on standard input.")
public final class LoadCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line; (line = in.readLine()) != null; ) {
            out.println(answer(line));
            out.flush();
        }
        return 0;
    }

    /** A server that breaks breaks its own measurement; the next request is for another one. */
    private static String answer(String line) {
        try {
            LoadRequest request = LoadRequest.parse(line);
            return request.kind().newLoad().run(request).toLine();
        } catch (IOException | RuntimeException failed) {
            return LoadResult.failureLine(reason(failed));
        }
    }

    /** Our own words need no type before them. */
    private static String reason(Exception failed) {
        String message = failed.getMessage();
        boolean ours = failed.getClass() == IOException.class || failed.getClass() == IllegalArgumentException.class;
        return ours && message != null ? message : Failures.describe(failed);
    }
}
