package dev.matryoshka.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** What every command line of this project has: help, version, {@code --debug}, and the meaning of its exit codes. */
@Command(
        versionProvider = RootOptions.Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed; one line on standard error says why",
            "2:the command line was not understood"
        })
public abstract class RootOptions {
    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Show stack traces of failures.")
    private boolean debug;

    final boolean debug() {
        return debug;
    }

    /** Logging is set up when it is known whether to debug, and before the first logger is made. */
    final int execute(ParseResult parsed) {
        Logging.toOneLine(debug);
        return new CommandLine.RunLast().execute(parsed);
    }

    /** The version of the jar; a development build has none. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = RootOptions.class.getPackage().getImplementationVersion();
            return new String[] {"matryoshka " + (version == null ? "(development)" : version)};
        }
    }
}
