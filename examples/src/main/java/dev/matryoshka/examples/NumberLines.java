package dev.matryoshka.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.matryoshka.EventLoop;
import dev.matryoshka.stream.PipeReader;
import dev.matryoshka.stream.StreamWriter;
import dev.matryoshka.transport.PipeEnd;

/** Numbers the lines of standard input, whatever that is: a pipe, a terminal, a file. */
public final class NumberLines {
    static void number(EventLoop loop, PipeEnd from, PipeEnd to) throws Exception {
        StreamWriter output = loop.openWritePipe(to);
        try (PipeReader input = loop.openReadPipe(from)) {
            int number = 0;
            for (String line; (line = input.reader().readLine(UTF_8)) != null; ) {
                output.write(++number + " " + line + "\n", UTF_8);
            }
        }
        output.close();
        output.waitClosed();
    }

    public static void main(String... args) throws Exception {
        EventLoop.run(loop -> number(loop, PipeEnd.standardInput(), PipeEnd.standardOutput()));
    }
}
