package dev.matryoshka.cli;

import dev.matryoshka.cli.serve.Endpoint;
import dev.matryoshka.tls.TlsOptions;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Whom a client trusts, and what it asks for. */
final class TlsClientOptions {
    @Option(
            names = "--tls-ca",
            paramLabel = "PEM",
            description = "Trust these certificates and whom they sign, instead of whom the JDK trusts.")
    private @Nullable Path authorities;

    @Option(names = "--insecure", description = "Trust anybody. Whoever stands between reads and changes everything.")
    private boolean insecure;

    @Option(
            names = "--servername",
            paramLabel = "NAME",
            description = "Name to ask for and to check, if it is not the host.")
    private @Nullable String serverName;

    @Option(
            names = "--alpn",
            split = ",",
            paramLabel = "LIST",
            description = "Application protocols to offer, the preferred first.")
    private List<String> protocols = List.of();

    /** For a connection to an endpoint that speaks TLS. */
    TlsOptions read(CommandSpec spec, Endpoint target) throws CommandFailure {
        if (insecure && authorities != null) {
            throw new ParameterException(spec.commandLine(), "--insecure and --tls-ca exclude each other");
        }
        String name = serverName != null ? serverName : target.host();
        if (name == null) {
            throw new ParameterException(
                    spec.commandLine(), "TLS to " + target + " needs --servername: a path is no name");
        }
        try {
            TlsOptions options = insecure ? TlsOptions.of(trustingAnybody()) : TlsOptions.client();
            options = authorities == null ? options : options.trusting(authorities);
            options =
                    protocols.isEmpty() ? options : options.withApplicationProtocols(protocols.toArray(String[]::new));
            return options.withServerName(name).withHostNameChecked(!insecure);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException unusable) {
            throw new CommandFailure("cannot set TLS up: " + Failures.describe(unusable), unusable);
        }
    }

    private static SSLContext trustingAnybody() throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anybody()}, null);
        return context;
    }

    /** Extended, because the JDK wraps others and checks the name after all. */
    private static final class Anybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
