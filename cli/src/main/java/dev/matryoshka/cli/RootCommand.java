package dev.matryoshka.cli;

import dev.matryoshka.cli.inspect.PsCommand;
import dev.matryoshka.cli.inspect.PstreeCommand;
import picocli.CommandLine.Command;

/** {@code matryoshka}: names the commands. */
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
            PstreeCommand.class
        })
final class RootCommand extends RootOptions {}
