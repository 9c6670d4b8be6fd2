package dev.matryoshka.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads PEM files (RFC 7468): certificates, and keys as PKCS#8. Any thread; reads files, so not in a callback.
 *
 * <p>A key in another wrapping is refused with the command that changes it, rather than read: each wrapping is a parser of
 * its own, and openssl has had PKCS#8 as its default since 1.0.
 */
final class Pem {
    /** Of the same kinds that the JDK's TLS can sign with. */
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA", "RSASSA-PSS");

    private static final Pattern SECTION =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    private Pem() {}

    private record Section(String label, byte[] der) {}

    /**
     * Every certificate of a file, in its order.
     *
     * @throws IOException it cannot be read, or there is none, or one is broken; the message names the file
     */
    static List<X509Certificate> certificates(Path file) throws IOException {
        List<X509Certificate> found = new ArrayList<>();
        for (Section section : sections(file)) {
            if (section.label().equals("CERTIFICATE")) {
                found.add(certificate(file, section.der()));
            }
        }
        if (found.isEmpty()) {
            throw new IOException("no certificate in " + file + ": no section '-----BEGIN CERTIFICATE-----'");
        }
        return found;
    }

    private static X509Certificate certificate(Path file, byte[] der) throws IOException {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException broken) {
            throw new IOException("a broken certificate in " + file + ": " + broken.getMessage(), broken);
        }
    }

    /**
     * The private key of a file, the first if there are more.
     *
     * @throws IOException it cannot be read, or there is none, or it is of a kind that is not supported; the message names the
     *     file and what to do
     */
    static PrivateKey privateKey(Path file) throws IOException {
        for (Section section : sections(file)) {
            switch (section.label()) {
                case "PRIVATE KEY" -> {
                    return privateKey(file, section.der());
                }
                case "ENCRYPTED PRIVATE KEY" ->
                    throw new IOException("the key in " + file + " is encrypted; decrypt it with:"
                            + " openssl pkcs8 -in " + file + " -out key.pem");
                case "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY" ->
                    throw new IOException("the key in " + file + " is a '" + section.label()
                            + "', not PKCS#8; convert it with: openssl pkcs8 -topk8 -nocrypt -in " + file
                            + " -out key.pem");
                default -> {}
            }
        }
        throw new IOException("no private key in " + file + ": no section '-----BEGIN PRIVATE KEY-----'");
    }

    private static PrivateKey privateKey(Path file, byte[] der) throws IOException {
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
        IOException refused = new IOException(
                "the key in " + file + " is broken or of none of the kinds " + String.join(", ", KEY_ALGORITHMS));
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException another) {
                refused.addSuppressed(another);
            } catch (GeneralSecurityException unknown) {
                throw new IOException("this JVM lacks " + algorithm, unknown);
            }
        }
        throw refused;
    }

    private static List<Section> sections(Path file) throws IOException {
        Matcher matcher = SECTION.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        List<Section> found = new ArrayList<>();
        while (matcher.find()) {
            String label = matcher.group(1);
            found.add(new Section(
                    label, isPlain(matcher.group(2)) ? decode(file, label, matcher.group(2)) : new byte[0]));
        }
        return found;
    }

    /** Old keys have headers, such as {@code Proc-Type: 4,ENCRYPTED}, before their bytes; what they are is said by the label. */
    private static boolean isPlain(String body) {
        return body.indexOf(':') < 0;
    }

    private static byte[] decode(Path file, String label, String body) throws IOException {
        try {
            return Base64.getMimeDecoder().decode(body);
        } catch (IllegalArgumentException broken) {
            throw new IOException(
                    "the section '" + label + "' in " + file + " is broken: " + broken.getMessage(), broken);
        }
    }
}
