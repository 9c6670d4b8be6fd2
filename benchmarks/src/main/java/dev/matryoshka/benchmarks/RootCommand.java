package dev.matryoshka.benchmarks;

import dev.matryoshka.benchmarks.bench.BenchCommand;
import dev.matryoshka.benchmarks.load.LoadCommand;
import dev.matryoshka.benchmarks.peer.PeerCommand;
import dev.matryoshka.benchmarks.server.ServeCommand;
import dev.matryoshka.benchmarks.tls.TlsComparison;
import dev.matryoshka.benchmarks.tls.TlsLoad;
import dev.matryoshka.cli.RootOptions;
import picocli.CommandLine.Command;

/** {@code matryoshka}, of which this jar knows what measures. */
@Command(
        name = "matryoshka",
        description = "Measures the dolls and their peers.",
        subcommands = {
            BenchCommand.class,
            TlsComparison.class,
            MicroCommand.class,
            LoadCommand.class,
            PeerCommand.class,
            ServeCommand.class,
            TlsLoad.class
        })
final class RootCommand extends RootOptions {}
