package dev.matryoshka.cli;

import dev.matryoshka.cli.inspect.PsCommand;
import dev.matryoshka.cli.inspect.PstreeCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** {@code matryoshka}: names the commands, and holds the options that all of them have. */
@Command(
        name = "matryoshka",
        description = "asyncio's network stack for the JVM: one event loop, three ways to use it that nest like dolls.",
        subcommands = {
            EchoCommand.class,
            CatCommand.class,
            ProxyCommand.class,
            BenchCommand.class,
            ExplainCommand.class,
            PsCommand.class,
            PstreeCommand.class,
            LoadCommand.class,
            PeerCommand.class
        },
        versionProvider = RootCommand.Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed; one line on standard error says why",
            "2:the command line was not understood"
        })
final class RootCommand {
    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show stack traces of failures.")
    private boolean debug;

    boolean debug() {
        return debug;
    }

    /** Logging is set up when it is known whether to debug, and before the first logger is made. */
    int execute(ParseResult parsed) {
        Logging.toOneLine(debug);
        return new CommandLine.RunLast().execute(parsed);
    }

    /** The version of the jar; a development build has none. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = RootCommand.class.getPackage().getImplementationVersion();
            return new String[] {"matryoshka " + (version == null ? "(development)" : version)};
        }
    }
}
