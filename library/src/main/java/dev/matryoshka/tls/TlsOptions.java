package dev.matryoshka.tls;

import dev.matryoshka.resolve.HostAddresses;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * How TLS is spoken. Immutable; any thread. Start from {@link #client()}, {@link #server} or {@link #of}; make it once and use it
 * for all connections: sessions are resumed among those that share their {@link #context()}.
 *
 * <p>Protocol versions are the JDK's: TLS 1.3 and 1.2.
 */
public final class TlsOptions implements Cloneable {
    /** asyncio's SSL_HANDSHAKE_TIMEOUT and SSL_SHUTDOWN_TIMEOUT. */
    private static final Duration HANDSHAKE = Duration.ofSeconds(60);

    private static final Duration SHUTDOWN = Duration.ofSeconds(30);

    // Written only while a copy is being made; see with().
    private SSLContext context;
    private List<TlsIdentity> identities = List.of();
    private @Nullable List<X509Certificate> trusted;
    private @Nullable String serverName;
    private boolean hostNameChecked = true;
    private List<String> applicationProtocols = List.of();
    private ClientAuth clientAuth = ClientAuth.NONE;
    private Duration handshakeTimeout = HANDSHAKE;
    private Duration shutdownTimeout = SHUTDOWN;
    private boolean truncationAllowed;
    private Consumer<SSLParameters> customizer = parameters -> {};

    private TlsOptions(SSLContext context) {
        this.context = Objects.requireNonNull(context, "context");
    }

    /** For clients: trusts whom the JDK trusts, and checks the server's name. */
    public static TlsOptions client() {
        return new TlsOptions(Contexts.system());
    }

    /** For servers: shows a certificate. More of them, for more names: {@link #withIdentity}. */
    public static TlsOptions server(TlsIdentity identity) {
        return client().withIdentity(identity);
    }

    /** For servers, from PEM files: see {@link TlsIdentity#pem}. Blocks on the file system. */
    public static TlsOptions server(Path certificates, Path key) throws IOException {
        return server(TlsIdentity.pem(certificates, key));
    }

    /** For either side, with a context of yours: identity and trust are its. */
    public static TlsOptions of(SSLContext context) {
        return new TlsOptions(context);
    }

    /** One copy, changed: so that a wither is one line however many fields there are. */
    private TlsOptions with(Consumer<TlsOptions> change) {
        TlsOptions copy;
        try {
            copy = (TlsOptions) clone();
        } catch (CloneNotSupportedException impossible) {
            throw new AssertionError(impossible);
        }
        change.accept(copy);
        return copy;
    }

    // ---- who is who -----------------------------------------------------------------------------------------------

    /**
     * The same with one more certificate to show. A server with several shows the one that is for the name that its client
     * asks for (SNI), else the first.
     *
     * @throws IllegalArgumentException no context can be made of it
     */
    public TlsOptions withIdentity(TlsIdentity identity) {
        List<TlsIdentity> more = new ArrayList<>(identities);
        more.add(Objects.requireNonNull(identity, "identity"));
        return with(copy -> {
            copy.identities = List.copyOf(more);
            copy.context = Contexts.of(copy.identities, copy.trusted);
        });
    }

    /**
     * The same, trusting only these certificates and whom they sign, instead of whom the JDK trusts.
     *
     * @throws IllegalArgumentException there is none
     */
    public TlsOptions trusting(List<X509Certificate> certificates) {
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("nobody to trust");
        }
        List<X509Certificate> kept = List.copyOf(certificates);
        return with(copy -> {
            copy.trusted = kept;
            copy.context = Contexts.of(copy.identities, kept);
        });
    }

    /**
     * As {@link #trusting(List)}, from a PEM file. Blocks on the file system.
     *
     * @throws IOException it cannot be read or has no certificate; the message names the file
     */
    public TlsOptions trusting(Path certificates) throws IOException {
        return trusting(Pem.certificates(certificates));
    }

    /** Asks clients for certificates, or not; servers only. */
    public TlsOptions withClientAuth(ClientAuth wanted) {
        Objects.requireNonNull(wanted, "wanted");
        return with(copy -> copy.clientAuth = wanted);
    }

    /**
     * The name that a client asks for (SNI) and that the server's certificate must be for, when it is not the host that it
     * connects to, or where there is no host: Unix sockets, {@code startTls}.
     *
     * @param name a host name or a literal address
     */
    public TlsOptions withServerName(String name) {
        Objects.requireNonNull(name, "name");
        return with(copy -> copy.serverName = name);
    }

    /** Whether a client checks that the server's certificate is for its name. Off, anybody with any valid one may answer. */
    public TlsOptions withHostNameChecked(boolean on) {
        return with(copy -> copy.hostNameChecked = on);
    }

    // ---- how ------------------------------------------------------------------------------------------------------

    /** Application protocols (ALPN), the preferred first: {@code h2}, {@code http/1.1}. */
    public TlsOptions withApplicationProtocols(String... names) {
        List<String> kept = List.of(names);
        return with(copy -> copy.applicationProtocols = kept);
    }

    /**
     * How long a handshake may take.
     *
     * @throws IllegalArgumentException zero or negative
     */
    public TlsOptions withHandshakeTimeout(Duration limit) {
        Duration checked = positive("handshakeTimeout", limit);
        return with(copy -> copy.handshakeTimeout = checked);
    }

    /**
     * How long {@code close} may take to send the rest and to hear the peer's close_notify.
     *
     * @throws IllegalArgumentException zero or negative
     */
    public TlsOptions withShutdownTimeout(Duration limit) {
        Duration checked = positive("shutdownTimeout", limit);
        return with(copy -> copy.shutdownTimeout = checked);
    }

    private static Duration positive(String name, Duration limit) {
        if (limit.isZero() || limit.isNegative()) {
            throw new IllegalArgumentException(name + " should be positive: " + limit);
        }
        return limit;
    }

    /**
     * Takes a connection that ends without a close_notify for a regular end. Only for protocols that know by themselves
     * where their messages end; see {@link TlsTruncatedException}.
     */
    public TlsOptions withTruncationAllowed(boolean on) {
        return with(copy -> copy.truncationAllowed = on);
    }

    /** Whatever else the JDK can set: versions, cipher suites, groups. Called last, for each connection. */
    public TlsOptions withParameters(Consumer<SSLParameters> change) {
        Consumer<SSLParameters> before = customizer;
        return with(copy -> copy.customizer = before.andThen(change));
    }

    // ---- asking ---------------------------------------------------------------------------------------------------

    /** Where certificates, trust and sessions are kept. */
    public SSLContext context() {
        return context;
    }

    /** How long a handshake may take; asyncio's 60 s. */
    public Duration handshakeTimeout() {
        return handshakeTimeout;
    }

    /** How long a close may take; asyncio's 30 s. */
    public Duration shutdownTimeout() {
        return shutdownTimeout;
    }

    /** Whether an end without close_notify counts as a regular one. */
    public boolean truncationAllowed() {
        return truncationAllowed;
    }

    // ---- engines --------------------------------------------------------------------------------------------------

    /** @throws IllegalArgumentException no certificate to show */
    void requireIdentity() {
        if (identities.isEmpty() && context == Contexts.system()) {
            throw new IllegalArgumentException(
                    "a TLS server needs a certificate: TlsOptions.server(certificates, key)");
        }
    }

    /**
     * @param host that is connected to, or null when there is none
     * @throws IllegalArgumentException the name is to be checked, and there is none
     */
    void requireServerName(@Nullable String host) {
        if (hostNameChecked && (serverName == null || serverName.isEmpty()) && (host == null || host.isEmpty())) {
            throw new IllegalArgumentException(
                    "TLS without a host: say whose certificate is expected, withServerName(...),"
                            + " or explicitly that anybody's is welcome, withHostNameChecked(false)");
        }
    }

    SSLEngine serverEngine() {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = engine.getSSLParameters();
        switch (clientAuth) {
            case NONE -> parameters.setNeedClientAuth(false);
            case WANT -> parameters.setWantClientAuth(true);
            case NEED -> parameters.setNeedClientAuth(true);
        }
        return finish(engine, parameters);
    }

    /** @param port the key to the sessions of a host, with its name; any number where there is none */
    SSLEngine clientEngine(@Nullable String host, int port) {
        String name = serverName != null ? serverName : host;
        SSLEngine engine =
                name == null || name.isEmpty() ? context.createSSLEngine() : context.createSSLEngine(name, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        if (hostNameChecked) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        SNIHostName asked = name == null ? null : askedName(name);
        if (asked != null) {
            parameters.setServerNames(List.of(asked));
        }
        return finish(engine, parameters);
    }

    /** Null for an address, and for a name that is none for the DNS: those are not asked for (RFC 6066, section 3). */
    private static @Nullable SNIHostName askedName(String name) {
        String host = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        if (host.isEmpty() || HostAddresses.literal(host) != null) {
            return null;
        }
        try {
            return new SNIHostName(host);
        } catch (IllegalArgumentException noHostName) {
            return null;
        }
    }

    private SSLEngine finish(SSLEngine engine, SSLParameters parameters) {
        if (!applicationProtocols.isEmpty()) {
            parameters.setApplicationProtocols(applicationProtocols.toArray(new String[0]));
        }
        customizer.accept(parameters);
        engine.setSSLParameters(parameters);
        return engine;
    }

    @Override
    public String toString() {
        return "TlsOptions[identities=" + identities + ", serverName=" + serverName + ", clientAuth=" + clientAuth
                + ", applicationProtocols=" + applicationProtocols + "]";
    }
}
