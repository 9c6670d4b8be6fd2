package dev.matryoshka.cli;

import dev.matryoshka.tls.TlsOptions;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The certificate that a server shows. */
final class TlsServerOptions {
    @Option(names = "--tls-cert", paramLabel = "PEM", description = "Certificate to show, with its chain; serves TLS.")
    private @Nullable Path certificates;

    @Option(names = "--tls-key", paramLabel = "PEM", description = "Private key of the certificate, not encrypted.")
    private @Nullable Path key;

    boolean isGiven() {
        return certificates != null || key != null;
    }

    /** Null when no certificate is given; half of one is a misuse. */
    @Nullable
    TlsOptions read(CommandSpec spec) throws CommandFailure {
        if (certificates == null && key == null) {
            return null;
        }
        if (certificates == null || key == null) {
            throw new ParameterException(spec.commandLine(), "--tls-cert and --tls-key go together");
        }
        try {
            return TlsOptions.server(certificates, key);
        } catch (IOException | IllegalArgumentException unusable) {
            throw new CommandFailure("cannot use the certificate: " + Failures.describe(unusable), unusable);
        }
    }
}
