package dev.matryoshka.support;

import dev.matryoshka.tls.TlsIdentity;
import dev.matryoshka.tls.TlsOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority of the test run, and whom it vouches for. Made once per JVM; nothing of it is on disk but on demand. */
public final class Certificates {
    private static final AtomicLong SERIAL = new AtomicLong();

    /** Who signs. */
    public static final TlsIdentity AUTHORITY = authority("Matryoshka Test CA");

    /** For {@code localhost}, 127.0.0.1 and ::1. */
    public static final TlsIdentity LOCALHOST = signed("EC", "localhost", "localhost", "127.0.0.1", "::1");

    /** A client. */
    public static final TlsIdentity CLIENT = signed("EC", "client", "client.example");

    private Certificates() {}

    /** A server's, for localhost. */
    public static TlsOptions server() {
        return TlsOptions.server(LOCALHOST);
    }

    /** A client's that trusts the authority. */
    public static TlsOptions client() {
        return TlsOptions.client().trusting(List.of(AUTHORITY.chain().getFirst()));
    }

    /** A certificate of the authority, for these names and addresses. */
    public static TlsIdentity signed(String algorithm, String commonName, String... names) {
        KeyPair keys = keys(algorithm);
        X509Certificate authority = AUTHORITY.chain().getFirst();
        try {
            X509v3CertificateBuilder builder = builder(
                    commonName,
                    keys,
                    new X500Name(authority.getSubjectX500Principal().getName()));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(Stream.of(names)
                            .map(name -> new GeneralName(kind(name), name))
                            .toArray(GeneralName[]::new)));
            return new TlsIdentity(keys.getPrivate(), List.of(sign(builder, AUTHORITY)));
        } catch (Exception broken) {
            throw new AssertionError(broken);
        }
    }

    /** Another authority, that nobody trusts. */
    public static TlsIdentity authority(String commonName) {
        KeyPair keys = keys("EC");
        try {
            X509v3CertificateBuilder builder = builder(commonName, keys, new X500Name("CN=" + commonName));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            X509Certificate self = new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
            return new TlsIdentity(keys.getPrivate(), List.of(self));
        } catch (Exception broken) {
            throw new AssertionError(broken);
        }
    }

    private static int kind(String name) {
        boolean address = name.indexOf(':') >= 0 || name.chars().allMatch(c -> c == '.' || Character.isDigit(c));
        return address ? GeneralName.iPAddress : GeneralName.dNSName;
    }

    private static KeyPair keys(String algorithm) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (algorithm.equals("EC")) {
                generator.initialize(256);
            } else if (algorithm.equals("RSA")) {
                generator.initialize(2048);
            }
            return generator.generateKeyPair();
        } catch (Exception broken) {
            throw new AssertionError(broken);
        }
    }

    private static X509v3CertificateBuilder builder(String commonName, KeyPair keys, X500Name issuer) {
        Instant now = Instant.now();
        return new JcaX509v3CertificateBuilder(
                issuer,
                BigInteger.valueOf(SERIAL.incrementAndGet()),
                Date.from(now.minus(1, ChronoUnit.DAYS)),
                Date.from(now.plus(30, ChronoUnit.DAYS)),
                new X500Name("CN=" + commonName),
                keys.getPublic());
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, TlsIdentity issuer) throws Exception {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuer.key())));
    }

    // ---- files ----------------------------------------------------------------------------------------------------

    /** Writes the certificates of an identity, then its key in PKCS#8, into one PEM file. */
    public static Path pem(Path directory, String name, TlsIdentity identity) {
        StringBuilder text = new StringBuilder();
        for (X509Certificate certificate : identity.chain()) {
            text.append(section("CERTIFICATE", encoded(certificate)));
        }
        text.append(section("PRIVATE KEY", identity.key().getEncoded()));
        return write(directory.resolve(name), text.toString());
    }

    /** Writes only the certificate. */
    public static Path certificatePem(Path directory, String name, TlsIdentity identity) {
        return write(
                directory.resolve(name),
                section("CERTIFICATE", encoded(identity.chain().getFirst())));
    }

    /** One section of a PEM file. */
    public static String section(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (Exception broken) {
            throw new AssertionError(broken);
        }
    }

    private static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
