package dev.matryoshka.tls;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Which identity a server shows: one that is for the name that the client asks for (SNI, RFC 6066), with a key of a kind that
 * the client knows. For a name that is nobody's, or none, it is the first, or another for the same names. Any thread.
 *
 * <p>The JDK's own key manager looks at the name too, but only among keys of one kind: a server with an EC key for one name and
 * an RSA key for another would always show the first. For clients it is asked: there the issuers decide.
 */
final class IdentityChooser extends X509ExtendedKeyManager {
    private static final String PREFIX = "identity ";

    /** SubjectAltName of kind dNSName (RFC 5280, section 4.2.1.6). */
    private static final Integer DNS_NAME = 2;

    private final X509ExtendedKeyManager jdk;
    private final List<TlsIdentity> identities;
    private final List<Set<String>> names = new ArrayList<>();

    IdentityChooser(List<TlsIdentity> identities, X509ExtendedKeyManager jdk) {
        this.identities = identities;
        this.jdk = jdk;
        for (TlsIdentity identity : identities) {
            names.add(dnsNames(identity.chain().getFirst()));
        }
    }

    private static Set<String> dnsNames(X509Certificate certificate) {
        Set<String> found = new HashSet<>();
        try {
            var alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    if (alternative.getFirst().equals(DNS_NAME)) {
                        found.add(alternative.get(1).toString().toLowerCase(Locale.ROOT));
                    }
                }
            }
        } catch (CertificateParsingException broken) {
            throw new IllegalArgumentException("a certificate with broken names: " + broken.getMessage(), broken);
        }
        return found;
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(keyType, engine == null ? null : askedName(engine));
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(keyType, null);
    }

    private static @Nullable String askedName(SSLEngine engine) {
        if (engine.getHandshakeSession() instanceof ExtendedSSLSession session) {
            for (SNIServerName name : session.getRequestedServerNames()) {
                if (name instanceof SNIHostName host) {
                    return host.getAsciiName().toLowerCase(Locale.ROOT);
                }
            }
        }
        return null;
    }

    private @Nullable String choose(String keyType, @Nullable String asked) {
        boolean known = asked != null && names.stream().anyMatch(of -> isFor(of, asked));
        for (int i = 0; i < identities.size(); i++) {
            boolean candidate = known && asked != null
                    ? isFor(names.get(i), asked)
                    : names.get(i).equals(names.getFirst());
            if (candidate && identities.get(i).key().getAlgorithm().equals(keyType)) {
                return PREFIX + i;
            }
        }
        return null; // then the JDK asks for another kind of key
    }

    /** A wildcard stands for one label (RFC 9525, section 6.3). */
    private static boolean isFor(Set<String> names, String asked) {
        int dot = asked.indexOf('.');
        return names.contains(asked) || dot > 0 && names.contains("*" + asked.substring(dot));
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        return alias.startsWith(PREFIX)
                ? identity(alias).chain().toArray(new X509Certificate[0])
                : jdk.getCertificateChain(alias);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        return alias.startsWith(PREFIX) ? identity(alias).key() : jdk.getPrivateKey(alias);
    }

    private TlsIdentity identity(String alias) {
        return identities.get(Integer.parseInt(alias.substring(PREFIX.length())));
    }

    // ---- clients --------------------------------------------------------------------------------------------------

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return jdk.chooseEngineClientAlias(keyTypes, issuers, engine);
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return jdk.chooseClientAlias(keyTypes, issuers, socket);
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return jdk.getClientAliases(keyType, issuers);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return jdk.getServerAliases(keyType, issuers);
    }
}
