package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.process.Stdio;
import dev.matryoshka.process.Subprocess;
import dev.matryoshka.process.SubprocessOptions;

/** Runs a line of the shell and numbers what it says while it says it; what it writes to standard error is part of that. */
public final class RunProgram {
    static int run(EventLoop loop, String commandLine) throws Exception {
        SubprocessOptions options = SubprocessOptions.inherited()
                .withStdin(Stdio.DEVNULL)
                .withStdout(Stdio.PIPE)
                .withStderr(Stdio.STDOUT);
        try (Subprocess program = loop.createSubprocessShell(options, commandLine)) {
            int number = 0;
            for (String line; (line = program.stdout().readLine(UTF_8)) != null; ) {
                System.out.println(++number + ": " + line);
            }
            return program.waitFor();
        }
    }

    public static void main(String... args) throws Exception {
        String commandLine = args.length == 0 ? "uname -sr; ls /no/such" : String.join(" ", args);
        int code = EventLoop.call(loop -> run(loop, commandLine));
        System.out.println(code < 0 ? "ended by signal " + -code : "ended with " + code);
    }
}
