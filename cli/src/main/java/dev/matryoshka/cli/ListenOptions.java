package dev.matryoshka.cli;

import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What every server of the command line has in common: where it listens, and how it says that it does. */
public final class ListenOptions {
    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            paramLabel = "HOST",
            description = "Name or address to listen on (default: ${DEFAULT-VALUE}).")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            defaultValue = "0",
            paramLabel = "N",
            description = "Port to listen on; 0, the default, takes a free one.")
    private int port;

    /** For a parent that may be killed: its end of our standard input closes whatever it dies of. */
    @Option(names = "--until-eof", hidden = true)
    private boolean untilEof;

    /** The name or address to listen on. */
    public String host() {
        return host;
    }

    /** The port to listen on; 0 for a free one. */
    public int port() {
        return port;
    }

    /** Refuses what cannot be right, as a misuse. */
    public void check(CommandSpec spec) {
        if (port < 0 || port > 65_535) {
            throw new ParameterException(
                    spec.commandLine(), "Invalid value for option '--port': not 0 to 65535: " + port);
        }
    }

    /** The first line on standard output: who waits for it may connect. */
    public static void announce(CommandSpec spec, String address) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("listening on " + address);
        out.flush();
    }

    /** With {@code --until-eof}, calls back once when standard input ends, on a thread of its own. */
    public void onParentGone(Runnable callback) {
        if (!untilEof) {
            return;
        }
        Thread.ofPlatform().daemon().name("until-eof").start(() -> {
            try {
                while (System.in.read() >= 0) {}
            } catch (IOException broken) {
                // as good as the end
            }
            callback.run();
        });
    }

    /** Cannot listen: with the address, which not every message has. */
    public CommandFailure failure(IOException failed) {
        return new CommandFailure("cannot listen on " + host + ":" + port + ": " + Failures.describe(failed), failed);
    }
}
