package dev.matryoshka.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;

/**
 * Who one is in TLS: a private key and the certificates that vouch for it. Immutable; any thread.
 *
 * @param key the private key
 * @param chain the key's own certificate first, then those that it is signed with; at least one
 */
public record TlsIdentity(PrivateKey key, List<X509Certificate> chain) {
    private static final byte[] PROBE = {1, 2, 3};

    /**
     * Checks that the key is the certificate's.
     *
     * @throws IllegalArgumentException no certificate, or one of another key
     */
    public TlsIdentity {
        Objects.requireNonNull(key, "key");
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("an identity needs a certificate");
        }
        if (!belongTogether(key, chain.getFirst().getPublicKey())) {
            throw new IllegalArgumentException(
                    "the key is not that of the certificate " + chain.getFirst().getSubjectX500Principal());
        }
    }

    /**
     * Reads PEM files: the certificate with its chain, and the key in PKCS#8 (RSA, EC, Ed25519), not encrypted. Both may be one
     * file. Blocks on the file system.
     *
     * @throws IOException one cannot be read or is not that; the message names the file and says what to do
     * @throws IllegalArgumentException the key is another certificate's
     */
    public static TlsIdentity pem(Path certificates, Path key) throws IOException {
        return new TlsIdentity(Pem.privateKey(key), Pem.certificates(certificates));
    }

    private static boolean belongTogether(PrivateKey secret, PublicKey known) {
        String algorithm = signatureAlgorithm(secret.getAlgorithm());
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(secret);
            signer.update(PROBE);
            byte[] signature = signer.sign();
            signer.initVerify(known);
            signer.update(PROBE);
            return signer.verify(signature);
        } catch (GeneralSecurityException doNotFit) {
            return false;
        }
    }

    private static String signatureAlgorithm(String keyAlgorithm) {
        return switch (keyAlgorithm) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> keyAlgorithm;
        };
    }

    /** Never the key. */
    @Override
    public String toString() {
        return "TlsIdentity[" + chain.getFirst().getSubjectX500Principal() + "]";
    }
}
